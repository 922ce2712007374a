-- Who is known, in which groups, and what grants narrow.
create table account (
    id            integer primary key autoincrement,
    name          text    not null default '' unique,
    role          text,
    password_hash text,
    is_disabled   integer not null default false,
    zone          text    not null default 'UTC',
    created_at    integer not null default 0
) strict;

-- One account of a surface belongs to one account of ours.
create table identity (
    surface    text    not null default '',
    subject    text    not null default '',
    account_id integer not null default 0 references account (id) on delete cascade,
    primary key (surface, subject)
) strict;
create index identity_account on identity (account_id);

create table account_group (
    name text not null default '' primary key
) strict;

create table group_member (
    group_name text    not null default '' references account_group (name) on delete cascade,
    account_id integer not null default 0 references account (id) on delete cascade,
    primary key (group_name, account_id)
) strict;
create index group_member_account on group_member (account_id);

-- receiver: alice, group:ops or role:operator. The dimensions are JSON lists; an empty one is not given.
create table access_grant (
    id         integer primary key autoincrement,
    receiver   text    not null default '',
    pools      text    not null default '[]',
    nodes      text    not null default '[]',
    commands   text    not null default '[]',
    channels   text    not null default '[]',
    created_at integer not null default 0
) strict;
create index access_grant_receiver on access_grant (receiver);

-- A shared alias has no owner.
create table alias (
    id         integer primary key autoincrement,
    owner      integer references account (id) on delete cascade,
    name       text    not null default '',
    line       text    not null default '',
    created_at integer not null default 0
) strict;
create unique index alias_name on alias (coalesce(owner, 0), name);

create table guest_owner (
    cluster    text    not null default '',
    vmid       integer not null default 0,
    mark       text    not null default '',
    account_id integer not null default 0 references account (id) on delete cascade,
    since      integer not null default 0,
    primary key (cluster, vmid)
) strict;
create index guest_owner_account on guest_owner (account_id);
