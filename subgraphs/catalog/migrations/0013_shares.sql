-- Share links of albums, and of tracks: who has the token sees what it leads to until it expires.
create table shares (
    id uuid primary key,
    user_id uuid not null,
    token text not null unique,
    album_id uuid references albums (id) on delete cascade,
    -- In order, each once. Tracks that are deleted later are left out when the share is read.
    track_ids uuid[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint shares_lead_to_one_thing check ((album_id is null) = (cardinality(track_ids) > 0))
);
create index shares_user_idx on shares (user_id, id);
create index shares_album_idx on shares (album_id) where album_id is not null;
create index shares_expiry_idx on shares (expires_at);
