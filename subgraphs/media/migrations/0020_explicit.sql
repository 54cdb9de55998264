-- Whoever wants nothing explicit is played nothing explicit. catalog tells again of the tracks that are.
alter table track_media add column explicit boolean not null default false;
alter table listeners add column explicit_content boolean not null default true;
