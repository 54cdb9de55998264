-- Playlists, their entries and who edits them; the library of each person; a few facts about tracks.
-- Ids are UUIDv7, so sorting by id is sorting by age. Titles of tracks are not known here, only ids.

create table playlists (
    id uuid not null,
    owner_id uuid not null,
    title text not null,
    description text,
    visibility text not null,
    -- The secret of the share link; absent while there is none.
    share_token text,
    -- Grows by one with every change of the playlist or its entries.
    version bigint not null,
    -- Kept by the commands that add and remove entries, under the lock of this row.
    item_count integer not null,
    -- Grows when all entries get new positions, so that older cursors find their place by entry id.
    rank_epoch integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint playlists_pkey primary key (id),
    constraint playlists_share_token_key unique (share_token),
    constraint playlists_title_length check (char_length(title) between 1 and 200),
    constraint playlists_description_length check (char_length(description) <= 2000),
    constraint playlists_visibility_known check (visibility in ('PRIVATE', 'UNLISTED', 'PUBLIC')),
    constraint playlists_item_count_range check (item_count between 0 and 10000)
);
create index playlists_owner_idx on playlists (owner_id, id);
create index playlists_public_idx on playlists (id) where visibility = 'PUBLIC';
create index playlists_owner_public_idx on playlists (owner_id, id) where visibility = 'PUBLIC';

-- People whom the owner lets see or edit a playlist.
create table playlist_collaborators (
    playlist_id uuid not null,
    user_id uuid not null,
    role text not null,
    added_at timestamptz not null,
    constraint playlist_collaborators_pkey primary key (playlist_id, user_id),
    constraint playlist_collaborators_playlist_fkey foreign key (playlist_id) references playlists (id) on delete cascade,
    constraint playlist_collaborators_role_known check (role in ('EDITOR', 'VIEWER'))
);
create index playlist_collaborators_user_idx on playlist_collaborators (user_id, playlist_id);

-- Entries. A position is a fraction between 0 and 1 in base 62 (see domain/rank.rs); byte order is the order of the list.
create table playlist_items (
    id uuid not null,
    playlist_id uuid not null,
    track_id uuid not null,
    position text collate "C" not null,
    added_by uuid not null,
    added_at timestamptz not null,
    constraint playlist_items_pkey primary key (id),
    constraint playlist_items_playlist_fkey foreign key (playlist_id) references playlists (id) on delete cascade,
    -- Checked at the end of a statement, so that one statement can deal out all positions anew.
    constraint playlist_items_position_key unique (playlist_id, position) deferrable initially immediate
);

-- What catalog says of tracks, by its events; the newest version wins. A deleted track stays, so that an older event
-- cannot bring it back.
create table tracks (
    id uuid not null,
    duration_ms bigint not null,
    status text not null,
    version bigint not null,
    constraint tracks_pkey primary key (id),
    constraint tracks_status_known check (status in ('DRAFT', 'PUBLISHED', 'WITHDRAWN', 'DELETED'))
);

-- One row per person who ever kept anything: its lock puts the changes of a library in order.
create table libraries (
    user_id uuid not null,
    -- Grows by one with every change.
    version bigint not null,
    constraint libraries_pkey primary key (user_id)
);

-- What people keep, each kind of thing on a shelf of its own. `seq` is the order in which things were added; lists show
-- the newest first.
create table library_entries (
    user_id uuid not null,
    shelf text not null,
    thing_id uuid not null,
    seq bigint generated always as identity,
    added_at timestamptz not null,
    constraint library_entries_pkey primary key (user_id, shelf, thing_id),
    constraint library_entries_seq_key unique (user_id, shelf, seq),
    constraint library_entries_shelf_known check (shelf in ('LIKED_TRACKS', 'SAVED_ALBUMS', 'FOLLOWED_ARTISTS'))
);
-- For counting an artist's followers.
create index library_entries_followers_idx on library_entries (thing_id) where shelf = 'FOLLOWED_ARTISTS';
