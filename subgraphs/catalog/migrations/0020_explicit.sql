-- Who wants nothing explicit is shown nothing explicit: search must know of tracks, and of albums that have nothing else.
-- Expands only: a process of the release before works on these tables, too.

-- Whether a track is explicit, or every published track of an album.
alter table search_documents add column explicit boolean not null default false;
update search_documents d set explicit = true, mirrored = false from tracks t where t.id = d.id and t.explicit;
update search_documents d
set explicit = true, mirrored = false
where exists (select from tracks t where t.album_id = d.id and t.status = 'PUBLISHED' and t.explicit)
  and not exists (select from tracks t where t.album_id = d.id and t.status = 'PUBLISHED' and not t.explicit);

-- The album that each track was on when search learned of it: one that a track leaves may have become explicit.
create table search_tracks (
    track_id uuid not null,
    album_id uuid not null,
    constraint search_tracks_pkey primary key (track_id)
);
insert into search_tracks (track_id, album_id) select id, album_id from tracks where album_id is not null;

-- A row while there is a Meilisearch: without one, nothing waits to be mirrored.
create table search_mirrors (name text not null, constraint search_mirrors_pkey primary key (name));

-- Events have come to say whether a track is explicit: those that are, are told of again.
update tracks set is_told = false where explicit;
