-- What is asked and not answered yet, what is to be done, and what is to be told.
create table question (
    id         integer primary key autoincrement,
    kind       text    not null default '',
    asker      text    not null default '',
    account_id integer references account (id) on delete cascade,
    surface    text    not null default '',
    channel    text    not null default '',
    body       text    not null default 'null',
    state      text    not null default 'open',
    expires_at integer,
    created_at integer not null default 0
) strict;
create index question_open on question (asker, surface, channel, id) where state = 'open';
create index question_account on question (account_id);

create table job (
    id                  integer primary key autoincrement,
    command             text    not null default '',
    title               text    not null default '',
    account_id          integer references account (id) on delete set null,
    actor               text    not null default '',
    surface             text    not null default '',
    channel             text    not null default '',
    question            integer,
    position            integer not null default 0,
    subject             text    not null default '',
    status              text    not null default 'queued',
    error               text,
    attempt             integer not null default 0,
    is_cancel_requested integer not null default false,
    holder              text,
    lease_until         integer not null default 0,
    due_at              integer not null default 0,
    created_at          integer not null default 0,
    queued_at           integer not null default 0,
    started_at          integer,
    ended_at            integer,
    unique (question, position)
) strict;
create index job_unfinished on job (id) where status in ('queued', 'running');
create index job_subject on job (subject, id) where status in ('queued', 'running');
-- Two jobs of one subject never run at once, whatever two replicas see of each other.
create unique index job_one_running on job (subject) where status = 'running' and subject <> '';
create index job_account on job (account_id, id);
create index job_status on job (status, id);

create table job_step (
    job      integer not null default 0 references job (id) on delete cascade,
    position integer not null default 0,
    name     text    not null default '',
    input    text    not null default 'null',
    state    text    not null default 'pending',
    attempt  integer not null default 0,
    note     text,
    done     text,
    error    text,
    primary key (job, position)
) strict;

create table telling (
    id         integer primary key autoincrement,
    surface    text    not null default '',
    channel    text    not null default '',
    recipient  text    not null default '',
    reply      text    not null default 'null',
    created_at integer not null default 0
) strict;
create index telling_where on telling (surface, channel, id);
