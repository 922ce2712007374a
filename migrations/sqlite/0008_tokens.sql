-- Secrets by which programs act as an account: calendar programs, scripts, subscribed calendars. The secret is not kept.
create table token (
    id           integer primary key autoincrement,
    account_id   integer not null default 0 references account (id) on delete cascade,
    kind         text    not null default '',
    name         text    not null default '',
    scope        text    not null default '',
    hash         text    not null default '',
    created_at   integer not null default 0,
    last_used_at integer,
    expires_at   integer,
    revoked_at   integer
) strict;
create unique index token_hash on token (hash);
create unique index token_name on token (account_id, name) where revoked_at is null;
