-- Calendars that an account keeps for itself: what programs put there is stored as it is and reserves nothing.
create table plain_calendar (
    id            bigint generated always as identity primary key,
    account_id    bigint  not null default 0 references account (id) on delete cascade,
    name          text    not null default '',
    displayname   text,
    color         text,
    position      text,
    description   text,
    timezone      text,
    components    text    not null default 'VEVENT,VTODO,VJOURNAL',
    rev           bigint  not null default 0,
    -- Changes up to this one are not known one by one any more.
    forgotten_rev bigint  not null default 0,
    created_at    bigint  not null default 0,
    changed_at    bigint  not null default 0
);
create unique index plain_calendar_name on plain_calendar (account_id, name);

-- start_s and end_s hold all that happens in it, in seconds; none is open. is_exact: they alone tell whether it does.
create table plain_object (
    calendar_id bigint  not null default 0 references plain_calendar (id) on delete cascade,
    name        text    not null default '',
    uid         text    not null default '',
    component   text    not null default '',
    body        text    not null default '',
    etag        text    not null default '',
    size        bigint  not null default 0,
    start_s     bigint,
    end_s       bigint,
    is_exact    boolean not null default false,
    rev         bigint  not null default 0,
    changed_at  bigint  not null default 0,
    primary key (calendar_id, name)
);
create unique index plain_object_uid on plain_object (calendar_id, uid);
create index plain_object_rev on plain_object (calendar_id, rev);

-- What was deleted, for those who ask what changed.
create table plain_tombstone (
    calendar_id bigint  not null default 0 references plain_calendar (id) on delete cascade,
    name        text    not null default '',
    rev         bigint  not null default 0,
    deleted_at  bigint  not null default 0,
    primary key (calendar_id, name)
);
create index plain_tombstone_rev on plain_tombstone (calendar_id, rev);
create index plain_tombstone_deleted on plain_tombstone (deleted_at);
