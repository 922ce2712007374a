-- What surfaces keep from one start to the next: which message tells of which job, how far a log was mirrored.
create table surface_note (
    surface text not null default '',
    name    text not null default '',
    body    text not null default 'null',
    kept_at bigint not null default 0,
    primary key (surface, name)
);

-- Codes by which somebody links a second identity to an account; each works once. The code itself is not kept.
create table link_code (
    code_hash  text not null default '' primary key,
    account_id bigint not null default 0 references account (id) on delete cascade,
    expires_at bigint not null default 0
);
create index link_code_account on link_code (account_id);
