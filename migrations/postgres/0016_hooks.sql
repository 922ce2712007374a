-- What other systems told us by themselves, each once, and what it brings about.
create table hook_delivery (
    id          bigint generated always as identity primary key,
    hook        text    not null default '',
    -- Two deliveries with one key are the same.
    key         text    not null default '',
    -- What order is kept for, like dcim.device/11.
    object      text    not null default '',
    event       text    not null default '',
    request     text    not null default '',
    -- Whether it was posted, or found afterwards.
    source      text    not null default '',
    -- Why nothing comes of it, where that is so.
    outcome     text    not null default '',
    body        text    not null default '',
    at          bigint  not null default 0,
    received_at bigint  not null default 0,
    unique (hook, key)
);
create index hook_delivery_key on hook_delivery (key);
create index hook_delivery_received on hook_delivery (received_at);

-- One for each rule that an event fits, whichever hook it came by.
create table hook_run (
    id         bigint generated always as identity primary key,
    delivery   bigint  not null default 0 references hook_delivery (id) on delete cascade,
    key        text    not null default '',
    rule       text    not null default '',
    object     text    not null default '',
    -- waiting, running or ended.
    state      text    not null default 'waiting',
    jobs       text    not null default '[]',
    at         bigint  not null default 0,
    due_at     bigint  not null default 0,
    created_at bigint  not null default 0,
    changed_at bigint  not null default 0,
    unique (key, rule)
);
create index hook_run_delivery on hook_run (delivery);
create index hook_run_open on hook_run (at, id) where state <> 'ended';
create index hook_run_object on hook_run (object, at, id) where state <> 'ended';
