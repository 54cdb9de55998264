-- What people upload, the jobs that make music of it, and what came out.

-- A file that somebody uploads. Its bytes are in the object store under `uploads/<id>/source`.
create table uploads (
    id uuid not null,
    owner_id uuid not null,
    -- As the client gave it; shown to people, never used as a path.
    filename text not null,
    size_bytes bigint not null,
    -- What the client says the bytes hash to, 64 hexadecimal digits; checked by the worker.
    sha256 text,
    -- The track that it was uploaded for, if it was for one.
    for_track_id uuid,
    -- Whether the catalog makes artist, album and track from its tags.
    catalog_from_tags boolean not null,
    -- The track that last played from it, as the catalog said.
    track_id uuid,
    state text not null,
    -- The code and the sentence of a REJECTED upload.
    rejected_because text,
    rejected_reason text,
    -- The upload whose audio is the same to the sample; it is played from there.
    duplicate_of uuid,
    -- The object store's own id of the multipart upload, until the bytes are complete or given up.
    multipart_id text,
    part_size_bytes bigint not null,
    created_at timestamptz not null,
    -- When the bytes must have arrived.
    expires_at timestamptz not null,
    constraint uploads_pkey primary key (id),
    constraint uploads_duplicate_of_fkey foreign key (duplicate_of) references uploads (id),
    constraint uploads_size_check check (size_bytes > 0),
    constraint uploads_state_check check (
        state in ('AWAITING_BYTES', 'RECEIVED', 'PROBING', 'TRANSCODING', 'READY', 'REJECTED', 'EXPIRED')
    )
);
-- The uploads of a person, newest first.
create index uploads_owner_idx on uploads (owner_id, created_at desc, id desc);
create index uploads_expires_idx on uploads (expires_at) where state = 'AWAITING_BYTES';
create index uploads_track_idx on uploads (track_id) where track_id is not null;
create index uploads_duplicate_of_idx on uploads (duplicate_of) where duplicate_of is not null;

-- The work on an upload; one job each, which may need several attempts.
-- While RUNNING it belongs to the worker that knows `lease_token`, until `lease_until` by the database's clock.
create table jobs (
    id uuid not null,
    upload_id uuid not null,
    owner_id uuid not null,
    -- Short files go first among those of one person.
    size_bytes bigint not null,
    state text not null,
    -- Attempts that were begun; also the folder of what the attempt makes.
    attempt integer not null default 0,
    -- Attempts that failed by our fault since the job was last asked for.
    failures integer not null default 0,
    percent double precision not null default 0,
    playable_until_ms bigint not null default 0,
    eta_ms bigint,
    failed_because text,
    -- Not before then, by the database's clock.
    run_after timestamptz not null default now(),
    lease_token uuid,
    lease_until timestamptz,
    -- The request that asked for it, so that its logs can be followed to the worker.
    request_id text not null,
    traceparent text,
    queued_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    constraint jobs_pkey primary key (id),
    constraint jobs_upload_key unique (upload_id),
    constraint jobs_upload_fkey foreign key (upload_id) references uploads (id) on delete cascade,
    constraint jobs_state_check check (state in ('QUEUED', 'RUNNING', 'READY', 'FAILED', 'CANCELLED')),
    constraint jobs_lease_check check ((state = 'RUNNING') = (lease_token is not null and lease_until is not null))
);
create index jobs_open_idx on jobs (run_after) where state in ('QUEUED', 'RUNNING');
-- Who had a turn last.
create index jobs_owner_started_idx on jobs (owner_id, started_at desc nulls last);

-- What the newest attempt has made of an upload so far. Its objects are under `tracks/<upload>/<attempt>/`.
create table encodings (
    upload_id uuid not null,
    attempt integer not null,
    finished boolean not null default false,
    -- As the header claims until it is finished, then counted in samples.
    duration_ms bigint not null,
    playable_until_ms bigint not null default 0,
    sample_rate_hz integer not null,
    total_samples bigint not null,
    -- Of the file that was uploaded.
    content_type text not null,
    title text,
    artist text,
    has_cover boolean not null default false,
    integrated_lufs double precision,
    true_peak_dbtp double precision,
    track_gain_db double precision,
    -- 0 to 1, evenly spaced.
    waveform real[],
    -- SHA-256 of the decoded samples.
    audio_hash bytea,
    mp3_size_bytes bigint,
    mp3_bitrate_kbps integer,
    mp3_sample_rate_hz integer,
    mp3_channels integer,
    mp3_encoder_delay integer,
    mp3_padding integer,
    constraint encodings_pkey primary key (upload_id),
    constraint encodings_upload_fkey foreign key (upload_id) references uploads (id) on delete cascade
);
create index encodings_audio_hash_idx on encodings (audio_hash) where audio_hash is not null;

-- The HLS renditions of an encoding.
create table renditions (
    upload_id uuid not null,
    -- Its folder and its part in URLs, `aac-128`.
    name text not null,
    position integer not null,
    codec text not null,
    bitrate_kbps integer,
    sample_rate_hz integer not null,
    channels integer not null,
    lossless boolean not null,
    -- As RFC 6381 writes it.
    codecs text not null,
    -- Bits per second: expected until it is finished, then measured.
    peak_bandwidth bigint not null,
    average_bandwidth bigint not null,
    encoder_delay integer not null,
    padding integer not null default 0,
    total_samples bigint not null default 0,
    size_bytes bigint not null default 0,
    -- Seconds of each segment that is in the object store, without a hole.
    durations double precision[] not null default '{}',
    constraint renditions_pkey primary key (upload_id, name),
    constraint renditions_encoding_fkey foreign key (upload_id) references encodings (upload_id) on delete cascade
);

-- What we know of the catalog's tracks, from its events.
create table track_media (
    track_id uuid not null,
    -- The upload that it plays from.
    upload_id uuid,
    owner_id uuid not null,
    status text not null,
    -- A deleted track stays as a tombstone, so that an older event cannot bring it back.
    deleted boolean not null default false,
    version bigint not null,
    constraint track_media_pkey primary key (track_id),
    constraint track_media_status_check check (status in ('DRAFT', 'PUBLISHED', 'WITHDRAWN'))
);
create index track_media_upload_idx on track_media (upload_id) where upload_id is not null;

-- Objects that nothing refers to any more, written with the change that made them so and deleted soon after.
create table garbage (
    id bigint generated always as identity,
    -- Objects whose names begin with this are deleted.
    prefix text not null,
    -- The multipart upload under the name `prefix` that is given up.
    multipart_id text,
    due_at timestamptz not null,
    constraint garbage_pkey primary key (id)
);
create index garbage_due_idx on garbage (due_at);
