-- Keys by which SSH servers are known. One that was shown and not believed stands beside it until somebody accepts it.
create table device_key (
    -- device/17, jump/bastion:22
    peer                text primary key,
    -- SHA256:…, empty while none is known.
    fingerprint         text not null default '',
    -- ssh-ed25519 AAAA…
    key                 text not null default '',
    known_at            integer not null default 0,
    -- Empty for one that was believed at first sight.
    accepted_by         text not null default '',
    offered_fingerprint text not null default '',
    offered_key         text not null default '',
    offered_at          integer not null default 0
) strict;

-- What the history has of a device, found at once: git itself would walk all commits.
create table device_version (
    id        integer primary key autoincrement,
    -- In NetBox.
    device    integer not null default 0,
    name      text not null default '',
    blob_id   text not null default '',
    commit_id text not null default '',
    author    text not null default '',
    why       text not null default '',
    -- backup, before or push.
    kind      text not null default 'backup',
    job       integer,
    taken_at  integer not null default 0
) strict;
create index device_version_newest on device_version (device, id);

-- What the last backup found wrong with a device, since when it is so.
create table device_finding (
    -- In NetBox.
    device   integer not null default 0,
    -- drift or backup.
    kind     text not null default '',
    name     text not null default '',
    summary  text not null default '',
    detail   text not null default '',
    found_at integer not null default 0,
    primary key (device, kind)
) strict;

-- A wish to change devices: P-3.
create table device_push (
    id         integer primary key autoincrement,
    account_id integer,
    actor      text not null default '',
    surface    text not null default '',
    channel    text not null default '',
    -- What was asked for.
    wish       text not null default 'null',
    -- pending, approved, rejected, expired.
    status     text not null default 'pending',
    approver   text not null default '',
    job        integer,
    created_at integer not null default 0,
    expires_at integer not null default 0
) strict;
create index device_push_job on device_push (job);
create index device_push_pending on device_push (expires_at) where status = 'pending';

create table device_push_target (
    push       integer not null default 0 references device_push (id) on delete cascade,
    -- In NetBox.
    device     integer not null default 0,
    position   integer not null default 0,
    name       text not null default '',
    -- Of the text and the configuration before: what was said yes to.
    hash       text not null default '',
    -- Text and configuration before; unreadable without the installation's key.
    body       text not null default '',
    -- planned, pushing, held, done, unchanged, failed, undone, dropped.
    status     text not null default 'planned',
    why        text not null default '',
    -- When the device takes it back by itself.
    reverts_at integer not null default 0,
    changed_at integer not null default 0,
    -- The job that looks after what is held once its time is over.
    ending     integer,
    primary key (push, device)
) strict;
-- Two pushes to one device never run at once.
create unique index device_push_live on device_push_target (device) where status in ('pushing', 'held');
create index device_push_held on device_push_target (reverts_at) where status = 'held';
create index device_push_done on device_push_target (device, changed_at) where status = 'done';
