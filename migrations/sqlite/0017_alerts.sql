-- What senders of alerts, and rules of our own, say is wrong; which of it is silenced; and the messages that tell of it.
create table alert (
    id           integer primary key autoincrement,
    -- Who says so: alertmanager/main, direttore.
    source       text    not null default '',
    -- By it the source tells its alerts apart.
    fingerprint  text    not null default '',
    name         text    not null default '',
    severity     text    not null default 'warning',
    summary      text    not null default '',
    description  text    not null default '',
    labels       text    not null default '{}',
    link         text,
    state        text    not null default 'firing',
    first_seen   integer not null default 0,
    last_seen    integer not null default 0,
    -- Since when it fires, or fired last.
    since        integer not null default 0,
    ended        integer,
    fired        integer not null default 0,
    acked_by     text,
    acked_at     integer,
    ack_note     text    not null default '',
    -- Its source says nothing when it is over: it is over then.
    expires_at   integer
) strict;
create unique index alert_of_source on alert (source, fingerprint);
create index alert_by_state on alert (state, ended);
create index alert_by_group on alert (source, name);
-- What became of an alert, the newest of it.
create table alert_history (
    id       integer primary key autoincrement,
    alert_id integer not null default 0 references alert (id) on delete cascade,
    at       integer not null default 0,
    what     text    not null default '',
    who      text    not null default '',
    note     text    not null default ''
) strict;
create index alert_history_of on alert_history (alert_id, id);
create table silence (
    id         integer primary key autoincrement,
    matchers   text    not null default '',
    until_at   integer not null default 0,
    who        text    not null default '',
    why        text    not null default '',
    created_at integer not null default 0,
    -- When it was over; by whom, where somebody ended it.
    ended_at   integer,
    ended_by   text    not null default ''
) strict;
create index silence_open on silence (ended_at, until_at);
-- The message in the channel that tells of all alerts of one source and name.
create table alert_group (
    id          integer primary key autoincrement,
    source      text    not null default '',
    name        text    not null default '',
    -- The number of its message, and how often that was told.
    nth         integer not null default 0,
    told        integer not null default 0,
    is_open     integer not null default 0,
    opened_at   integer not null default 0,
    told_at     integer not null default 0,
    -- It is to be told again then.
    due_at      integer,
    telling_id  integer,
    question_id integer,
    left_out    integer not null default 0,
    -- What it said last, in short: what would say the same is not told.
    said        text    not null default ''
) strict;
create unique index alert_group_of on alert_group (source, name);
create index alert_group_due on alert_group (due_at);
-- What our own rules have seen begin or end, and not yet for long enough.
create table alert_pending (
    fingerprint text    not null default '' primary key,
    since       integer not null default 0
) strict;
-- Whoever changes alerts holds this row, so that they take turns.
create table alert_turn (
    id integer not null default 1 primary key
) strict;
insert into alert_turn (id) values (1);
