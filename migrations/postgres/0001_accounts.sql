-- Who is known, in which groups, and what grants narrow.
create table account (
    id            bigint generated always as identity primary key,
    name          text    not null default '' unique,
    role          text,
    password_hash text,
    is_disabled   boolean not null default false,
    zone          text    not null default 'UTC',
    created_at    bigint  not null default 0
);

-- One account of a surface belongs to one account of ours.
create table identity (
    surface    text    not null default '',
    subject    text    not null default '',
    account_id bigint  not null default 0 references account (id) on delete cascade,
    primary key (surface, subject)
);
create index identity_account on identity (account_id);

create table account_group (
    name text not null default '' primary key
);

create table group_member (
    group_name text    not null default '' references account_group (name) on delete cascade,
    account_id bigint  not null default 0 references account (id) on delete cascade,
    primary key (group_name, account_id)
);
create index group_member_account on group_member (account_id);

-- receiver: alice, group:ops or role:operator. The dimensions are JSON lists; an empty one is not given.
create table access_grant (
    id         bigint generated always as identity primary key,
    receiver   text    not null default '',
    pools      text    not null default '[]',
    nodes      text    not null default '[]',
    commands   text    not null default '[]',
    channels   text    not null default '[]',
    created_at bigint  not null default 0
);
create index access_grant_receiver on access_grant (receiver);

-- A shared alias has no owner.
create table alias (
    id         bigint generated always as identity primary key,
    owner      bigint references account (id) on delete cascade,
    name       text    not null default '',
    line       text    not null default '',
    created_at bigint  not null default 0
);
create unique index alias_name on alias (coalesce(owner, 0), name);

create table guest_owner (
    cluster    text    not null default '',
    vmid       bigint  not null default 0,
    mark       text    not null default '',
    account_id bigint  not null default 0 references account (id) on delete cascade,
    since      bigint  not null default 0,
    primary key (cluster, vmid)
);
create index guest_owner_account on guest_owner (account_id);
