-- Guests in the making: nobody else takes their names and numbers (several may have no number yet), and quotas count
-- them.
create table guest_hold (
    job        bigint primary key references job (id) on delete cascade,
    cluster    text    not null default '',
    name       text    not null default '',
    vmid       bigint,
    account_id bigint references account (id) on delete set null,
    cores      bigint  not null default 0,
    memory_mib bigint  not null default 0,
    disk_mib   bigint  not null default 0,
    created_at bigint  not null default 0,
    unique (cluster, name),
    unique (cluster, vmid)
);
create index guest_hold_account on guest_hold (account_id);

-- Addresses that NetBox cannot guard or that are being taken. VRF 0 is the global table.
create table address_hold (
    vrf        bigint  not null default 0,
    address    text    not null default '',
    mark       text    not null default '' unique,
    job        bigint references job (id) on delete set null,
    created_at bigint  not null default 0,
    primary key (vrf, address)
);
create index address_hold_job on address_hold (job);

-- Public keys that guests are made with.
create table ssh_key (
    id         bigint generated always as identity primary key,
    account_id bigint  not null default 0 references account (id) on delete cascade,
    name       text    not null default '',
    public_key text    not null default '',
    created_at bigint  not null default 0,
    unique (account_id, name)
);
