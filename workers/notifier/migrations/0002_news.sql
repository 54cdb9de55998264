-- News of artists: who wants them, who follows whom, and which albums are being told of.

-- Whether people want mail that nobody needs. Who is not here has not said, and does.
create table preferences (
    user_id uuid not null,
    wants_news boolean not null,
    -- Of the account; what is older than this is dropped.
    version bigint not null,
    constraint preferences_pkey primary key (user_id)
);

-- Who follows whom, as playlists last told. Who does not any more stays, so that an older event cannot bring it back.
create table follows (
    artist_id uuid not null,
    user_id uuid not null,
    is_following boolean not null,
    -- Of the person's library; what is older than this is dropped.
    version bigint not null,
    constraint follows_pkey primary key (artist_id, user_id)
);
create index follows_user_id_idx on follows (user_id);

-- Albums that followers were told of, or are being told of: one row for good, so that an album is news once. Followers are
-- written to in the order of their ids, some at a time.
create table announcements (
    album_id uuid not null,
    title text not null,
    artist_ids uuid[] not null,
    -- The names of the artists, in order.
    artists text[] not null,
    published_at timestamptz not null,
    -- The last follower who was written to.
    told_up_to uuid not null,
    finished_at timestamptz,
    constraint announcements_pkey primary key (album_id)
);
create index announcements_unfinished_idx on announcements (published_at) where finished_at is null;
