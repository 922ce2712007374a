-- Where a token was made: what is told of what a program does with it is told there.
alter table token add column surface text not null default '';
alter table token add column channel text not null default '';
