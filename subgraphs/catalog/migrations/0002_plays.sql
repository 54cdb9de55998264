-- Plays and what follows from them: counts, charts, and what people like to hear together.
-- Expands only: a process of the release before works on these tables, too.

-- How often the track was played, beside each of its artists and genres, so that their most played are read in order.
alter table track_artists add column play_count bigint not null default 0;
alter table track_genres add column play_count bigint not null default 0;
update track_artists l set play_count = t.play_count from tracks t where t.id = l.track_id and t.play_count > 0;
update track_genres l set play_count = t.play_count from tracks t where t.id = l.track_id and t.play_count > 0;
create index track_artists_popular_idx on track_artists (artist_id, play_count desc, track_id desc);
create index track_genres_popular_idx on track_genres (slug, play_count desc, track_id desc);

-- What a person owns is looked for when the person leaves.
create index artists_owner_idx on artists (owner_id);
create index albums_owner_idx on albums (owner_id);
create index tracks_owner_idx on tracks (owner_id);

-- Every play of the last months by the name that its teller gave it, so that it counts once.
create table plays (
    user_id uuid not null,
    play_id text not null,
    heard_at timestamptz not null,
    constraint plays_pkey primary key (user_id, play_id)
);
create index plays_heard_at_idx on plays (heard_at);

-- Plays of a track by hour and by day (UTC): what leaves a chart is read here.
create table play_buckets (
    unit text not null,
    starts_at timestamptz not null,
    track_id uuid not null,
    plays bigint not null,
    constraint play_buckets_pkey primary key (unit, starts_at, track_id),
    constraint play_buckets_track_fkey foreign key (track_id) references tracks (id) on delete cascade,
    constraint play_buckets_unit_check check (unit in ('HOUR', 'DAY'))
);
create index play_buckets_track_idx on play_buckets (track_id);

-- The hour or day at which each chart stands.
create table charts (
    chart text not null,
    stands_at timestamptz not null,
    constraint charts_pkey primary key (chart),
    constraint charts_chart_check check (chart in ('DAY', 'WEEK', 'MONTH', 'ALL_TIME'))
);

-- Plays within each chart's window, and within the window before: a chart is the head of an index.
create table chart_counts (
    chart text not null,
    track_id uuid not null,
    plays bigint not null,
    previous_plays bigint not null,
    constraint chart_counts_pkey primary key (chart, track_id),
    constraint chart_counts_track_fkey foreign key (track_id) references tracks (id) on delete cascade
);
create index chart_counts_plays_idx on chart_counts (chart, plays desc, track_id);
create index chart_counts_previous_idx on chart_counts (chart, previous_plays desc, track_id);
create index chart_counts_track_idx on chart_counts (track_id);

-- Things that were played since search was told how popular they are.
create table popularity_changes (
    id uuid not null,
    constraint popularity_changes_pkey primary key (id)
);

-- What a person has listened to or said of a track. Private: it goes when the person leaves.
create table tastes (
    user_id uuid not null,
    track_id uuid not null,
    plays int not null default 0,
    -- `LIKED`, or `DISLIKED` when the person took a like back.
    opinion text,
    -- The version of the person's library that told the opinion.
    opinion_version bigint not null default 0,
    last_at timestamptz not null,
    constraint tastes_pkey primary key (user_id, track_id),
    constraint tastes_track_fkey foreign key (track_id) references tracks (id) on delete cascade,
    constraint tastes_opinion_check check (opinion in ('LIKED', 'DISLIKED'))
);
create index tastes_recent_idx on tastes (user_id, last_at desc);
create index tastes_track_idx on tastes (track_id);

-- The last tracks that were put into a playlist.
create table playlist_tracks (
    playlist_id uuid not null,
    track_id uuid not null,
    version bigint not null,
    constraint playlist_tracks_pkey primary key (playlist_id, track_id)
);

-- How much two tracks are heard by the same people: the strongest neighbours of each track.
-- Weights decay forwards (domain/decay.rs): newer events weigh more, and nothing that stands here has to be touched.
create table track_pairs (
    track_id uuid not null,
    other_id uuid not null,
    weight double precision not null,
    constraint track_pairs_pkey primary key (track_id, other_id)
);

-- How much a track is heard at all, on the scale of `track_pairs`.
create table track_weights (
    track_id uuid not null,
    weight double precision not null,
    constraint track_weights_pkey primary key (track_id),
    constraint track_weights_track_fkey foreign key (track_id) references tracks (id) on delete cascade
);

-- What people chose that recommendations heed, as accounts told.
create table preferences (
    user_id uuid not null,
    explicit_content boolean not null,
    version bigint not null,
    constraint preferences_pkey primary key (user_id)
);

-- People who have deleted their accounts: what arrives late of them is nobody's.
create table departed (
    user_id uuid not null,
    departed_at timestamptz not null,
    constraint departed_pkey primary key (user_id)
);
create index departed_at_idx on departed (departed_at);
