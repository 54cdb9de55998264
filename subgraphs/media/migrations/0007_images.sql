-- Pictures that people upload for albums, artists, playlists and themselves. Which thing shows one stands with that thing.
create table images (
    id uuid not null,
    -- Nobody's (all zeros) when the person is gone and something that stays shows it.
    owner_id uuid not null,
    state text not null,
    -- The size that was announced.
    size_bytes bigint not null,
    -- The object store's own id of the multipart upload, until the bytes are there or given up.
    multipart_id text,
    -- Why it was rejected: the code and a sentence for people.
    rejected_because text,
    rejected_reason text,
    -- Of the largest size that is stored, in pixels.
    width integer,
    height integer,
    blurhash text,
    -- `#rrggbb`.
    dominant_color text,
    -- The sizes in which it is stored, in pixels of its longer side at most, from small to large.
    sizes integer[] not null default '{}',
    created_at timestamptz not null,
    -- When the bytes must have arrived.
    expires_at timestamptz not null,
    constraint images_pkey primary key (id),
    constraint images_size_check check (size_bytes > 0),
    constraint images_state_check check (state in ('AWAITING_BYTES', 'READY', 'REJECTED'))
);
create index images_owner_idx on images (owner_id);
create index images_expires_idx on images (expires_at) where state <> 'READY';

-- What the cover of an audio file looks like; null for covers that were stored before.
alter table encodings add column cover_width integer;
alter table encodings add column cover_height integer;
alter table encodings add column cover_blurhash text;
alter table encodings add column cover_color text;
