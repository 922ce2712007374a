-- What can be reserved. Nodes, guests and devices get their row when they are first reserved, pools and named things
-- are made by people. A capacity above 1 is so many lanes, each of which is taken by one reservation at a time.
create table resource (
    id             bigint generated always as identity primary key,
    kind           text    not null default '',
    key            text    not null default '' unique,
    name           text    not null default '',
    description    text    not null default '',
    capacity       bigint  not null default 1 check (capacity between 1 and 100),
    needs_approval boolean not null default false,
    approvers      text    not null default '[]',
    longest_ms     bigint  not null default 0,
    before_ms      bigint  not null default 0,
    after_ms       bigint  not null default 0,
    check_in_ms    bigint  not null default 0,
    created_at     bigint  not null default 0
);

-- What any N of a pool are taken from.
create table resource_member (
    pool   bigint  not null default 0 references resource (id) on delete cascade,
    member bigint  not null default 0 references resource (id) on delete cascade,
    primary key (pool, member)
);
create index resource_member_member on resource_member (member);

create table reservation (
    id             bigint generated always as identity primary key,
    uid            text    not null default '' unique,
    series         text    not null default '',
    position       bigint  not null default 0,
    recurrence     text    not null default '',
    title          text    not null default '',
    note           text    not null default '',
    account_id     bigint  references account (id) on delete set null,
    holder         text    not null default '',
    surface        text    not null default '',
    channel        text    not null default '',
    starts_at      bigint  not null default 0,
    ends_at        bigint  not null default 0,
    zone           text    not null default 'UTC',
    status         text    not null default '',
    is_maintenance boolean not null default false,
    covers_guests  boolean not null default false,
    wanted         text    not null default '[]',
    acts           text    not null default '{}',
    reminded       bigint  not null default 0,
    checked_in_at  bigint  not null default 0,
    check_in_ms    bigint  not null default 0,
    offered_until  bigint  not null default 0,
    due_at         bigint  not null default 0,
    rev            bigint  not null default 1,
    sequence       bigint  not null default 0,
    change_no      bigint  not null default 0,
    href           text    not null default '',
    body           text    not null default '',
    created_at     bigint  not null default 0,
    changed_at     bigint  not null default 0
);
create index reservation_due on reservation (due_at) where due_at > 0;
create index reservation_start on reservation (starts_at);
create index reservation_end on reservation (ends_at);
create index reservation_account on reservation (account_id, ends_at);
create index reservation_change on reservation (change_no);
create index reservation_series on reservation (series) where series <> '';
create index reservation_waiting on reservation (id) where status = 'waiting';

-- What a reservation is of; the rows of one that lost a resource stay, so that a calendar can say that it is gone.
create table reservation_resource (
    reservation bigint  not null default 0 references reservation (id) on delete cascade,
    resource    bigint  not null default 0 references resource (id) on delete cascade,
    is_gone     boolean not null default false,
    primary key (reservation, resource)
);
create index reservation_resource_resource on reservation_resource (resource, reservation);

-- The slot itself, in whole seconds, with the buffers before and after. A row is there exactly while a reservation holds
-- it, and no two rows of one lane overlap: the database sees to that, whoever writes.
create table reservation_claim (
    id          bigint generated always as identity primary key,
    reservation bigint  not null default 0 references reservation (id) on delete cascade,
    resource    bigint  not null default 0 references resource (id) on delete restrict,
    lane        bigint  not null default 0 check (lane >= 0),
    from_s      bigint  not null default 0,
    to_s        bigint  not null default 0,
    check (from_s < to_s)
);
create index reservation_claim_slot on reservation_claim (resource, lane, from_s, to_s);
create index reservation_claim_window on reservation_claim (from_s, to_s);
create index reservation_claim_reservation on reservation_claim (reservation);

create extension if not exists btree_gist;
alter table reservation_claim add constraint claim_overlap
    exclude using gist (resource with =, lane with =, int8range(from_s, to_s) with &&);

create function claim_lane() returns trigger language plpgsql as $$
begin
    if new.lane >= coalesce((select capacity from resource where id = new.resource), 0) then
        raise exception 'claim_lane' using errcode = '23514';
    end if;
    return new;
end $$;
create trigger claim_lane before insert or update on reservation_claim for each row execute function claim_lane();
