-- Who does what only one process may do, and small values of our own.
create table lease (
    name        text    not null default '' primary key,
    holder      text    not null default '',
    lease_until integer not null default 0
) strict;

create table setting (
    name  text not null default '' primary key,
    value text not null default ''
) strict;
