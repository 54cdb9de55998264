-- What files say beside what tracks are matched by: composers, work, label and so on. Expands only.

-- As MediaReady tells it; null when the file says none of it, and when it was uploaded before that was read.
alter table track_sources add column details jsonb;

-- When the music of the album was first released, as its first file says; reissues have a later `released_on`.
alter table albums add column original_released_on text;

-- What discographies are ordered by: when the music was first released, as exactly as it is known; '' when it is not.
create function release_key(album albums) returns text language sql immutable as $$
    select coalesce(album.original_released_on, album.released_on, '')
$$;

-- The same of an album by its id, or of what was said of it while it was there.
create function release_key_of(album_id uuid, said text) returns text language sql stable as $$
    select coalesce((select release_key(b) from albums b where b.id = album_id), said)
$$;
