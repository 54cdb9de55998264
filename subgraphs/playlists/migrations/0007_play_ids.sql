-- Plays have ids of their own, so that clients can name one.
alter table plays add column id uuid not null default gen_random_uuid();
create unique index plays_id_key on plays (id);
create index plays_track_idx on plays (user_id, track_id);

-- Plays that somebody removed from their history, by the name that the player gave them: told again, they stay removed.
create table removed_plays (
    user_id uuid not null,
    play_id text collate "C" not null,
    removed_at timestamptz not null,
    constraint removed_plays_pkey primary key (user_id, play_id)
);
