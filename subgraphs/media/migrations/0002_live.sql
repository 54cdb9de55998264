-- Live playback: devices, what plays, its queue, and people who listen together.

-- A device of a person, known by the id that its installation made up.
create table devices (
    id uuid not null,
    user_id uuid not null,
    installation_id text not null,
    name text not null,
    kind text not null,
    volume_percent integer not null default 100,
    -- When it registered last or began to listen; whether it is there now stands in Redis.
    last_seen_at timestamptz not null,
    constraint devices_pkey primary key (id),
    constraint devices_installation_key unique (user_id, installation_id),
    constraint devices_kind_check check (kind in ('WEB', 'PHONE', 'TABLET', 'DESKTOP', 'SPEAKER', 'TV', 'OTHER')),
    constraint devices_volume_check check (volume_percent between 0 and 100)
);

-- What plays. A person's player has the person's id, a listening session's the session's.
-- `frame` is the whole state as it is shown; the columns beside it are what we search by.
create table players (
    id uuid not null,
    version bigint not null,
    -- The player of the session that the person listens in.
    following uuid,
    -- When something happens by itself: a track ends, a play counts, a transfer is given up.
    due_at timestamptz,
    -- When somebody last did something with it.
    touched_at timestamptz not null,
    frame jsonb not null,
    constraint players_pkey primary key (id)
);
create index players_following_idx on players (following) where following is not null;
create index players_due_idx on players (due_at) where due_at is not null;

-- The frames of the last minutes, so that a client that was away gets what it missed.
-- A frame is written by the transaction of its change: no crash can lose one.
create table player_frames (
    player_id uuid not null,
    version bigint not null,
    at timestamptz not null,
    frame jsonb not null,
    constraint player_frames_pkey primary key (player_id, version),
    constraint player_frames_player_fkey foreign key (player_id) references players (id) on delete cascade
);
create index player_frames_at_idx on player_frames (at);

-- The queue of a player. `place` orders it as it is played; places lie far apart, so that an item moves alone.
create table queue_items (
    player_id uuid not null,
    id uuid not null,
    place bigint not null,
    -- Its place in the order that comes back when shuffle is turned off; null while it is off.
    unshuffled_place bigint,
    track_id uuid not null,
    added_by uuid not null,
    constraint queue_items_pkey primary key (player_id, id),
    constraint queue_items_player_fkey foreign key (player_id) references players (id) on delete cascade
);
create index queue_items_place_idx on queue_items (player_id, place, id);

-- People who listen to the same thing at the same time.
create table listening_sessions (
    id uuid not null,
    -- How it is found: 9 characters, 45 bits.
    code text not null,
    host_id uuid not null,
    guests_may_control boolean not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- Since when nobody is there.
    empty_since timestamptz,
    constraint listening_sessions_pkey primary key (id),
    constraint listening_sessions_player_fkey foreign key (id) references players (id) on delete cascade
);
create unique index listening_sessions_code_key on listening_sessions (code);
create index listening_sessions_open_idx on listening_sessions (id) where ended_at is null;

-- Who takes part. One listens in one session at a time.
create table participants (
    session_id uuid not null,
    user_id uuid not null,
    joined_at timestamptz not null,
    -- Whether a device of theirs listens, as last seen.
    online boolean not null,
    constraint participants_pkey primary key (session_id, user_id),
    constraint participants_user_key unique (user_id),
    constraint participants_session_fkey foreign key (session_id) references listening_sessions (id) on delete cascade
);

-- Codes that somebody tried and that were wrong, in the running minute.
create table code_guesses (
    user_id uuid not null,
    since timestamptz not null,
    wrong integer not null,
    constraint code_guesses_pkey primary key (user_id)
);

-- Plays that have counted, so that each counts once.
create table plays (
    user_id uuid not null,
    play_id text not null,
    counted_at timestamptz not null,
    constraint plays_pkey primary key (user_id, play_id)
);
create index plays_counted_idx on plays (counted_at);

-- What the catalog says of a track that playback needs: its length, and what is like it.
create table track_facts (
    track_id uuid not null,
    duration_ms bigint not null,
    artist_ids uuid[] not null,
    genres text[] not null,
    version bigint not null,
    constraint track_facts_pkey primary key (track_id)
);
create index track_facts_artists_idx on track_facts using gin (artist_ids);
create index track_facts_genres_idx on track_facts using gin (genres);

-- Whether a person wants something like it to follow when their queue has ended, as accounts says; most do.
create table autoplay_choices (
    user_id uuid not null,
    autoplay boolean not null,
    version bigint not null,
    constraint autoplay_choices_pkey primary key (user_id)
);

-- Every track that we know of, whether it can be played now, and how long it is.
create view playable_tracks as
select
    t.track_id,
    t.owner_id,
    t.status,
    t.status <> 'WITHDRAWN' and coalesce(e.finished or e.playable_until_ms > 0, false) as playable,
    coalesce(case when e.finished then e.duration_ms end, nullif(f.duration_ms, 0), e.duration_ms) as duration_ms
from track_media t
left join uploads u on u.id = t.upload_id and u.state not in ('REJECTED', 'EXPIRED')
    and (u.owner_id = t.owner_id or u.catalog_from_tags or u.for_track_id = t.track_id)
left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
left join track_facts f on f.track_id = t.track_id
where not t.deleted;
