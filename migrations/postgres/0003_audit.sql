-- What was done, by whom: rows are added, never changed.
create table audit (
    id         bigint generated always as identity primary key,
    at         bigint  not null default 0,
    who        text    not null default '',
    account_id bigint,
    identity   text    not null default '',
    channel    text    not null default '',
    what       text    not null default '',
    line       text    not null default '',
    target     text    not null default '',
    outcome    text    not null default '',
    detail     text    not null default 'null',
    reference  text,
    hash       bytea   not null default ''
);
create index audit_at on audit (at);
create index audit_who on audit (who, id);
create index audit_what on audit (what, id);

-- Rows that wait for their seal.
create table audit_unsealed (
    row_id bigint primary key
);

create table audit_seal (
    number bigint primary key,
    row_id bigint  not null default 0 unique,
    mac    bytea   not null default ''
);

-- One row: how many seals there are and the last one's MAC.
create table audit_head (
    id       bigint primary key check (id = 1),
    sealed   bigint  not null default 0,
    last_mac bytea   not null default '',
    mac      bytea   not null default ''
);

create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append only';
end
$$;
create trigger audit_no_change before update or delete on audit
    for each row execute function audit_refuse();
create trigger audit_no_truncate before truncate on audit
    for each statement execute function audit_refuse();
create trigger audit_seal_no_change before update or delete on audit_seal
    for each row execute function audit_refuse();
create trigger audit_seal_no_truncate before truncate on audit_seal
    for each statement execute function audit_refuse();
