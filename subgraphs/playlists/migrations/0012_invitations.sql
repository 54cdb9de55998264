-- Who is invited to playlists. Nobody stands in one before they have accepted; whoever has declined or left is not invited
-- again until they ask. Collaborators of before stay what they are.
create table playlist_invitations (
    id uuid not null,
    playlist_id uuid not null,
    user_id uuid not null,
    role text not null,
    state text not null,
    -- When the owner invited, or the person declined, left or asked.
    happened_at timestamptz not null,
    constraint playlist_invitations_pkey primary key (id),
    constraint playlist_invitations_person_key unique (playlist_id, user_id),
    constraint playlist_invitations_playlist_fkey foreign key (playlist_id) references playlists (id) on delete cascade,
    constraint playlist_invitations_role_known check (role in ('EDITOR', 'VIEWER')),
    constraint playlist_invitations_state_known check (state in ('OPEN', 'DECLINED', 'ASKED'))
);
create index playlist_invitations_open_idx on playlist_invitations (user_id, id) where state = 'OPEN';
