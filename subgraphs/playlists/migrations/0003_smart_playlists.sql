-- Smart playlists: rules, and the facts of tracks that rules ask for.

alter table playlists
    -- How its entries are chosen; absent for a playlist whose entries people choose.
    add column rules jsonb,
    -- Tells whether what the rules choose has changed since its version grew last.
    add column fingerprint uuid;

alter table tracks
    -- Folded (see domain/folding.rs), as are the names of artists; genres are slugs.
    add column title text collate "C" not null default '',
    add column artist_ids uuid[] not null default '{}',
    add column artists text[] not null default '{}',
    add column genres text[] not null default '{}',
    -- The first day of the year or month when no more is known.
    add column released_on date,
    -- When it came into the catalog: the time in its id.
    add column added_at timestamptz not null default 'epoch';
update tracks set added_at = to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);

-- The last 61 bits of an id. The id of an entry of a smart playlist is made of those of the playlist and of the track, so
-- that it stays the same and the entry is found by it (see domain/smart_item.rs).
alter table tracks add column tail bigint not null generated always as (
    ('x' || right(replace(id::text, '-', ''), 16))::bit(64)::bigint & 2305843009213693951
) stored;
alter table playlists add column tail bigint not null generated always as (
    ('x' || right(replace(id::text, '-', ''), 16))::bit(64)::bigint & 2305843009213693951
) stored;
create index tracks_tail_idx on tracks (tail);
create index playlists_tail_idx on playlists (tail) where rules is not null;

create index tracks_added_at_idx on tracks (added_at, id) where status = 'PUBLISHED';
create index tracks_genres_idx on tracks using gin (genres) where status = 'PUBLISHED';
create index tracks_artists_idx on tracks using gin (artists) where status = 'PUBLISHED';
create index tracks_artist_ids_idx on tracks using gin (artist_ids) where status = 'PUBLISHED';
create index playlists_smart_owner_idx on playlists (owner_id) where rules is not null;
