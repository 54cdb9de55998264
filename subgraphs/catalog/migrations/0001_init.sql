-- The catalog: artists, albums, tracks, genres and lyrics, and the documents that search reads.
-- `folded_*` is text after Unicode folding (domain/folding.rs): what names are matched by.
-- `version` grows by one with each change and travels in events, so that consumers can drop what is older.

create extension if not exists pg_trgm;

create table artists (
    id uuid not null,
    name text not null,
    folded_name text not null,
    sort_name text not null,
    -- What lists are ordered by: the sort name, folded.
    sort_key text not null,
    bio text,
    image_url text,
    musicbrainz_id text,
    owner_id uuid not null,
    play_count bigint not null default 0,
    version bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint artists_pkey primary key (id),
    constraint artists_musicbrainz_id_key unique (musicbrainz_id)
);
create index artists_folded_name_idx on artists (folded_name);
create index artists_sort_key_idx on artists (sort_key, id);

create table albums (
    id uuid not null,
    title text not null,
    folded_title text not null,
    kind text not null,
    -- `2019`, `2019-05` or `2019-05-31`: as exact as it is known.
    released_on text,
    cover_url text,
    musicbrainz_id text,
    status text not null default 'DRAFT',
    owner_id uuid not null,
    play_count bigint not null default 0,
    version bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz,
    constraint albums_pkey primary key (id),
    constraint albums_kind_check check (kind in ('ALBUM', 'EP', 'SINGLE', 'COMPILATION')),
    constraint albums_status_check check (status in ('DRAFT', 'PUBLISHED', 'WITHDRAWN'))
);
create index albums_folded_title_idx on albums (folded_title);
create index albums_newest_idx on albums (created_at desc, id desc) where status = 'PUBLISHED';
create index albums_title_idx on albums (folded_title, id) where status = 'PUBLISHED';
create index albums_popular_idx on albums (play_count desc, id desc) where status = 'PUBLISHED';

create table album_artists (
    album_id uuid not null,
    artist_id uuid not null,
    position int not null,
    constraint album_artists_pkey primary key (album_id, artist_id),
    constraint album_artists_album_fkey foreign key (album_id) references albums (id) on delete cascade,
    constraint album_artists_artist_fkey foreign key (artist_id) references artists (id)
);
create index album_artists_artist_idx on album_artists (artist_id, album_id);

create table tracks (
    id uuid not null,
    title text not null,
    folded_title text not null,
    album_id uuid,
    disc_number int,
    track_number int,
    duration_ms int not null default 0,
    explicit boolean not null default false,
    isrc text,
    musicbrainz_id text,
    status text not null default 'DRAFT',
    -- The upload that it plays from; media learns it from TrackChanged.
    upload_id uuid,
    owner_id uuid not null,
    play_count bigint not null default 0,
    version bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz,
    constraint tracks_pkey primary key (id),
    constraint tracks_album_fkey foreign key (album_id) references albums (id),
    constraint tracks_upload_id_key unique (upload_id),
    constraint tracks_duration_check check (duration_ms >= 0),
    constraint tracks_status_check check (status in ('DRAFT', 'PUBLISHED', 'WITHDRAWN'))
);
-- The order of an album's tracks; pages continue behind one of these keys.
create index tracks_album_idx on tracks (album_id, coalesce(disc_number, 1), coalesce(track_number, 2147483647), id);
create index tracks_newest_idx on tracks (created_at desc, id desc) where status = 'PUBLISHED';
create index tracks_folded_title_idx on tracks (folded_title);
create index tracks_isrc_idx on tracks (isrc) where isrc is not null;
create index tracks_musicbrainz_id_idx on tracks (musicbrainz_id) where musicbrainz_id is not null;

create table track_artists (
    track_id uuid not null,
    artist_id uuid not null,
    position int not null,
    constraint track_artists_pkey primary key (track_id, artist_id),
    constraint track_artists_track_fkey foreign key (track_id) references tracks (id) on delete cascade,
    constraint track_artists_artist_fkey foreign key (artist_id) references artists (id)
);
create index track_artists_artist_idx on track_artists (artist_id, track_id);

create table genres (
    slug text not null,
    name text not null,
    constraint genres_pkey primary key (slug)
);

create table album_genres (
    album_id uuid not null,
    slug text not null,
    position int not null,
    constraint album_genres_pkey primary key (album_id, slug),
    constraint album_genres_album_fkey foreign key (album_id) references albums (id) on delete cascade,
    constraint album_genres_genre_fkey foreign key (slug) references genres (slug)
);
create index album_genres_slug_idx on album_genres (slug, album_id);

create table track_genres (
    track_id uuid not null,
    slug text not null,
    position int not null,
    constraint track_genres_pkey primary key (track_id, slug),
    constraint track_genres_track_fkey foreign key (track_id) references tracks (id) on delete cascade,
    constraint track_genres_genre_fkey foreign key (slug) references genres (slug)
);
create index track_genres_slug_idx on track_genres (slug, track_id);

create table lyrics (
    track_id uuid not null,
    language text,
    -- LRC or plain text, as it was given.
    source text not null,
    constraint lyrics_pkey primary key (track_id),
    constraint lyrics_track_fkey foreign key (track_id) references tracks (id) on delete cascade
);

-- People who may manage everything, as accounts told; the import of a file has no token to read it from.
create table admins (
    user_id uuid not null,
    is_admin boolean not null,
    version bigint not null,
    constraint admins_pkey primary key (user_id)
);

-- What can be found, and what could once (`live` is false: a tombstone, so that an older event does not bring it back).
-- Written by events alone; PostgreSQL's search reads it, Meilisearch is a mirror of it.
create table search_documents (
    id uuid not null,
    kind text not null,
    -- The version that the event gave the thing.
    version bigint not null,
    live boolean not null,
    title text not null,
    -- Artists and album, for the second line of a result.
    subtitle text not null,
    folded_title text collate "C" not null,
    -- Words of the title (weight A), of the artists (B), of the album (C), and pairs of words written as one (D).
    words tsvector not null,
    popularity bigint not null default 0,
    -- Whether the mirror has it as it stands.
    mirrored boolean not null default false,
    written_at timestamptz not null default now(),
    constraint search_documents_pkey primary key (id),
    constraint search_documents_kind_check check (kind in ('TRACK', 'ALBUM', 'ARTIST', 'PLAYLIST'))
);
create index search_documents_words_idx on search_documents using gin (words) with (fastupdate = off) where live;
-- A query that much answers to is read in this order until there is enough.
create index search_documents_popularity_idx on search_documents (popularity desc, id) where live;
create index search_documents_folded_title_idx on search_documents (folded_title) where live;
create index search_documents_unmirrored_idx on search_documents (id) where not mirrored;

-- Every word that a document has had: what a misspelt word is compared with.
create table search_words (
    word text collate "C" not null,
    constraint search_words_pkey primary key (word)
);
create index search_words_trigrams_idx on search_words using gin (word gin_trgm_ops) with (fastupdate = off);
