-- What NetBox says of a device: slugs of its site and its tenant, and its tags.
alter table access_grant add column sites   text not null default '[]';
alter table access_grant add column tenants text not null default '[]';
alter table access_grant add column tags    text not null default '[]';
