-- Requests that are done once, however often they are sent: an account's key, and the answer.
create table once (
    account_id  bigint not null default 0 references account (id) on delete cascade,
    key         text not null default '',
    -- Tells one request from another.
    fingerprint text not null default '',
    -- 0 while it is being done.
    status      bigint not null default 0,
    kind        text not null default '',
    body        text not null default '',
    created_at  bigint not null default 0,
    primary key (account_id, key)
);
create index once_created on once (created_at);
