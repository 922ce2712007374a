-- What is asked and not answered yet, what is to be done, and what is to be told.
create table question (
    id         bigint generated always as identity primary key,
    kind       text    not null default '',
    asker      text    not null default '',
    account_id bigint references account (id) on delete cascade,
    surface    text    not null default '',
    channel    text    not null default '',
    body       text    not null default 'null',
    state      text    not null default 'open',
    expires_at bigint,
    created_at bigint  not null default 0
);
create index question_open on question (asker, surface, channel, id) where state = 'open';
create index question_account on question (account_id);

create table job (
    id                  bigint generated always as identity primary key,
    command             text    not null default '',
    title               text    not null default '',
    account_id          bigint references account (id) on delete set null,
    actor               text    not null default '',
    surface             text    not null default '',
    channel             text    not null default '',
    question            bigint,
    position            bigint  not null default 0,
    subject             text    not null default '',
    status              text    not null default 'queued',
    error               text,
    attempt             bigint  not null default 0,
    is_cancel_requested boolean not null default false,
    holder              text,
    lease_until         bigint  not null default 0,
    due_at              bigint  not null default 0,
    created_at          bigint  not null default 0,
    queued_at           bigint  not null default 0,
    started_at          bigint,
    ended_at            bigint,
    unique (question, position)
);
create index job_unfinished on job (id) where status in ('queued', 'running');
create index job_subject on job (subject, id) where status in ('queued', 'running');
-- Two jobs of one subject never run at once, whatever two replicas see of each other.
create unique index job_one_running on job (subject) where status = 'running' and subject <> '';
create index job_account on job (account_id, id);
create index job_status on job (status, id);

create table job_step (
    job      bigint  not null default 0 references job (id) on delete cascade,
    position bigint  not null default 0,
    name     text    not null default '',
    input    text    not null default 'null',
    state    text    not null default 'pending',
    attempt  bigint  not null default 0,
    note     text,
    done     text,
    error    text,
    primary key (job, position)
);

create table telling (
    id         bigint generated always as identity primary key,
    surface    text    not null default '',
    channel    text    not null default '',
    recipient  text    not null default '',
    reply      text    not null default 'null',
    created_at bigint  not null default 0
);
create index telling_where on telling (surface, channel, id);
