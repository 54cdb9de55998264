-- Whether events have told all of a track that they tell today. They have come to say more (numbers on the album, ISRC), so
-- tracks of before are told again, once, a batch at a time.
alter table tracks add column is_told boolean not null default false;
alter table tracks alter column is_told set default true;
create index tracks_untold_idx on tracks (id) where not is_told;
