-- Secrets by which programs act as an account: calendar programs, scripts, subscribed calendars. The secret is not kept.
create table token (
    id           bigint generated always as identity primary key,
    account_id   bigint not null default 0 references account (id) on delete cascade,
    kind         text    not null default '',
    name         text    not null default '',
    scope        text    not null default '',
    hash         text    not null default '',
    created_at   bigint not null default 0,
    last_used_at bigint,
    expires_at   bigint,
    revoked_at   bigint
);
create unique index token_hash on token (hash);
create unique index token_name on token (account_id, name) where revoked_at is null;
