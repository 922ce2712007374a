-- How many somebody has ahead is counted for each booking: by the index alone.
create index reservation_ahead on reservation (account_id, ends_at, status);
drop index reservation_account;
