-- What a play came from, as the player said it. Plays that were told before this have none.
alter table plays
    add column context_kind text,
    add column context_id uuid;
create index plays_of_playlists_idx on plays (user_id, context_id, started_at) where context_kind = 'PLAYLIST';
