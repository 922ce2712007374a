-- Who is signed in over HTTP. A session has one refresh token that works; its number changes with each use, so that one
-- that is shown again is known to have been copied.
create table session (
    id         integer primary key autoincrement,
    account_id integer not null default 0 references account (id) on delete cascade,
    -- The number of the refresh token that works.
    current    text    not null default '',
    -- What the identity provider said of the person, as JSON; empty where a password was given.
    claims     text    not null default '',
    created_at integer not null default 0,
    renewed_at integer not null default 0,
    expires_at integer not null default 0,
    revoked_at integer
) strict;
create index session_account on session (account_id);
create index session_expires on session (expires_at);
