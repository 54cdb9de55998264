-- The picture of a playlist, one of media's.
alter table playlists add column picture_id uuid;
