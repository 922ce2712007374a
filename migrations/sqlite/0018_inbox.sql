-- What was heard on a surface and is still to be acted on. A row stays for a while after that: what is heard again is known.
create table inbox (
    id      integer primary key autoincrement,
    surface text not null default '',
    -- The surface's own name of what was heard.
    event   text not null default '',
    -- What has the same lane is acted on in order.
    lane    text not null default '',
    body    text not null default 'null',
    -- What was done for it so far, unreadable without the installation's key.
    note    text not null default '',
    put_at  integer not null default 0,
    -- 0 while it waits.
    done_at integer not null default 0,
    unique (surface, event)
) strict;
create index inbox_waiting on inbox (surface, id) where done_at = 0;
create index inbox_done on inbox (done_at) where done_at > 0;
