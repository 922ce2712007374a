-- When one of a series was to begin by its rule: what calendar programs know it by, wherever it was moved.
alter table reservation add column recurrence_at integer not null default 0;
-- By a calendar program's name for an event.
create index reservation_href on reservation (href) where href <> '';
