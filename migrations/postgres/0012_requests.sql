-- What a program said beside a reservation that is no answer to a question of ours; empty where it said nothing.
alter table reservation add column request text not null default '';
