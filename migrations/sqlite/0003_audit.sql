-- What was done, by whom: rows are added, never changed.
create table audit (
    id         integer primary key autoincrement,
    at         integer not null default 0,
    who        text    not null default '',
    account_id integer,
    identity   text    not null default '',
    channel    text    not null default '',
    what       text    not null default '',
    line       text    not null default '',
    target     text    not null default '',
    outcome    text    not null default '',
    detail     text    not null default 'null',
    reference  text,
    hash       blob    not null default x''
) strict;
create index audit_at on audit (at);
create index audit_who on audit (who, id);
create index audit_what on audit (what, id);

-- Rows that wait for their seal.
create table audit_unsealed (
    row_id integer primary key
) strict;

create table audit_seal (
    number integer primary key,
    row_id integer not null default 0 unique,
    mac    blob    not null default x''
) strict;

-- One row: how many seals there are and the last one's MAC.
create table audit_head (
    id       integer primary key check (id = 1),
    sealed   integer not null default 0,
    last_mac blob    not null default x'',
    mac      blob    not null default x''
) strict;

create trigger audit_no_update before update on audit
begin
    select raise(abort, 'the audit log is append only');
end;
create trigger audit_no_delete before delete on audit
begin
    select raise(abort, 'the audit log is append only');
end;
create trigger audit_seal_no_update before update on audit_seal
begin
    select raise(abort, 'the audit log is append only');
end;
create trigger audit_seal_no_delete before delete on audit_seal
begin
    select raise(abort, 'the audit log is append only');
end;
