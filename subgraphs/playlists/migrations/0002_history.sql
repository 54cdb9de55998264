-- What people have listened to, each play once, and what that sums up to.

create table plays (
    user_id uuid not null,
    -- The player's name for the play: however often it is reported, it is one.
    play_id text collate "C" not null,
    track_id uuid not null,
    started_at timestamptz not null,
    played_ms bigint not null,
    device_name text,
    constraint plays_pkey primary key (user_id, play_id)
);
create index plays_started_at_idx on plays (user_id, started_at, play_id);

-- How often and when last somebody listened to a track; what rules of smart playlists ask for.
create table listens (
    user_id uuid not null,
    track_id uuid not null,
    play_count bigint not null,
    last_played_at timestamptz not null,
    constraint listens_pkey primary key (user_id, track_id)
);

-- Plays that began no later than this are forgotten, also when they are told (again) afterwards; 'infinity' once the
-- account is deleted.
alter table libraries add column history_cleared_at timestamptz;
