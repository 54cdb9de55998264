-- What tracks are called and where they stand, as people read it: for files of playlists and for whole albums. Tracks that
-- were known before have none of it until catalog tells of them again, which it does once by itself after its update.

alter table tracks
    add column name text,
    add column credit text[] not null default '{}',
    add column album_id uuid,
    add column album text,
    add column disc_number integer,
    add column track_number integer,
    add column isrc text,
    add column musicbrainz_id text,
    -- A draft is for its owner alone.
    add column owner_id uuid;

create index tracks_album_idx on tracks (album_id) where album_id is not null;
create index tracks_isrc_idx on tracks (isrc) where isrc is not null;
create index tracks_musicbrainz_id_idx on tracks (musicbrainz_id) where musicbrainz_id is not null;
-- Titles are longer than what a b-tree takes.
create index tracks_title_idx on tracks using hash (title);
