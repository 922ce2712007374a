-- What can be reserved. Nodes, guests and devices get their row when they are first reserved, pools and named things
-- are made by people. A capacity above 1 is so many lanes, each of which is taken by one reservation at a time.
create table resource (
    id             integer primary key autoincrement,
    kind           text    not null default '',
    key            text    not null default '' unique,
    name           text    not null default '',
    description    text    not null default '',
    capacity       integer not null default 1 check (capacity between 1 and 100),
    needs_approval integer not null default false,
    approvers      text    not null default '[]',
    longest_ms     integer not null default 0,
    before_ms      integer not null default 0,
    after_ms       integer not null default 0,
    check_in_ms    integer not null default 0,
    created_at     integer not null default 0
) strict;

-- What any N of a pool are taken from.
create table resource_member (
    pool   integer not null default 0 references resource (id) on delete cascade,
    member integer not null default 0 references resource (id) on delete cascade,
    primary key (pool, member)
) strict;
create index resource_member_member on resource_member (member);

create table reservation (
    id             integer primary key autoincrement,
    uid            text    not null default '' unique,
    series         text    not null default '',
    position       integer not null default 0,
    recurrence     text    not null default '',
    title          text    not null default '',
    note           text    not null default '',
    account_id     integer references account (id) on delete set null,
    holder         text    not null default '',
    surface        text    not null default '',
    channel        text    not null default '',
    starts_at      integer not null default 0,
    ends_at        integer not null default 0,
    zone           text    not null default 'UTC',
    status         text    not null default '',
    is_maintenance integer not null default false,
    covers_guests  integer not null default false,
    wanted         text    not null default '[]',
    acts           text    not null default '{}',
    reminded       integer not null default 0,
    checked_in_at  integer not null default 0,
    check_in_ms    integer not null default 0,
    offered_until  integer not null default 0,
    due_at         integer not null default 0,
    rev            integer not null default 1,
    sequence       integer not null default 0,
    change_no      integer not null default 0,
    href           text    not null default '',
    body           text    not null default '',
    created_at     integer not null default 0,
    changed_at     integer not null default 0
) strict;
create index reservation_due on reservation (due_at) where due_at > 0;
create index reservation_start on reservation (starts_at);
create index reservation_end on reservation (ends_at);
create index reservation_account on reservation (account_id, ends_at);
create index reservation_change on reservation (change_no);
create index reservation_series on reservation (series) where series <> '';
create index reservation_waiting on reservation (id) where status = 'waiting';

-- What a reservation is of; the rows of one that lost a resource stay, so that a calendar can say that it is gone.
create table reservation_resource (
    reservation integer not null default 0 references reservation (id) on delete cascade,
    resource    integer not null default 0 references resource (id) on delete cascade,
    is_gone     integer not null default false,
    primary key (reservation, resource)
) strict;
create index reservation_resource_resource on reservation_resource (resource, reservation);

-- The slot itself, in whole seconds, with the buffers before and after. A row is there exactly while a reservation holds
-- it, and no two rows of one lane overlap: the database sees to that, whoever writes.
create table reservation_claim (
    id          integer primary key autoincrement,
    reservation integer not null default 0 references reservation (id) on delete cascade,
    resource    integer not null default 0 references resource (id) on delete restrict,
    lane        integer not null default 0 check (lane >= 0),
    from_s      integer not null default 0,
    to_s        integer not null default 0,
    check (from_s < to_s)
) strict;
create index reservation_claim_slot on reservation_claim (resource, lane, from_s, to_s);
create index reservation_claim_window on reservation_claim (from_s, to_s);
create index reservation_claim_reservation on reservation_claim (reservation);

create trigger claim_insert before insert on reservation_claim begin
    select raise(abort, 'claim_lane') where new.lane >= coalesce((select capacity from resource where id = new.resource), 0);
    select raise(abort, 'claim_overlap') where (select to_s from reservation_claim
        where resource = new.resource and lane = new.lane and from_s < new.to_s
        order by from_s desc limit 1) > new.from_s;
end;
create trigger claim_update before update on reservation_claim begin
    select raise(abort, 'claim_lane') where new.lane >= coalesce((select capacity from resource where id = new.resource), 0);
    select raise(abort, 'claim_overlap') where (select to_s from reservation_claim
        where resource = new.resource and lane = new.lane and from_s < new.to_s and id <> old.id
        order by from_s desc limit 1) > new.from_s;
end;
