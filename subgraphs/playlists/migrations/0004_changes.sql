-- What changed in the last minutes, so that a client that was away is told of it in order. Rows are deleted when they are
-- older than `domain::change::KEPT`.

create table changes (
    -- A playlist, or the person whose library it is.
    subject uuid not null,
    -- The version that the change made.
    version bigint not null,
    happened_at timestamptz not null,
    -- What the playlist was called and so on, from this version on; absent for a library.
    head jsonb,
    constraint changes_pkey primary key (subject, version)
);
create index changes_happened_at_idx on changes (happened_at);

-- The version of the playlist since which the entry has its position.
alter table playlist_items add column since bigint not null default 0;

-- Entries as they stood before they were moved or removed, for the versions from `since` to before `until`.
create table playlist_items_past (
    id uuid not null,
    playlist_id uuid not null,
    track_id uuid not null,
    position text collate "C" not null,
    added_by uuid not null,
    added_at timestamptz not null,
    since bigint not null,
    until bigint not null,
    ended_at timestamptz not null,
    constraint playlist_items_past_pkey primary key (playlist_id, id, since)
);
create index playlist_items_past_ended_at_idx on playlist_items_past (ended_at);
