-- Exports of all that is kept about a person: what they asked for, and the parts that services contribute until it is packed.

create table data_exports (
    id uuid not null,
    user_id uuid not null,
    state text not null,
    requested_at timestamptz not null,
    -- Times that a worker began to pack it; also the name of the archive that it made: `exports/<id>/<attempt>.zip`.
    attempt integer not null default 0,
    -- Not before then, by the database's clock.
    run_after timestamptz not null default now(),
    -- While a worker packs it, until `lease_until` by the database's clock.
    lease_token uuid,
    lease_until timestamptz,
    size_bytes bigint,
    expires_at timestamptz,
    -- Why it has failed, for a person.
    failed_because text,
    constraint data_exports_pkey primary key (id),
    constraint data_exports_state_check check (state in ('PENDING', 'READY', 'EXPIRED', 'FAILED')),
    constraint data_exports_ready_check check (state <> 'READY' or (size_bytes is not null and expires_at is not null))
);
create index data_exports_user_idx on data_exports (user_id, id desc);
create index data_exports_pending_idx on data_exports (requested_at) where state = 'PENDING';
create index data_exports_ready_idx on data_exports (expires_at) where state = 'READY';

-- What services have contributed. A part may arrive before the export that it belongs to; it goes when the export has ended.
create table data_export_parts (
    export_id uuid not null,
    -- ACCOUNTS, or LIBRARY: that of playlists with the names of catalog.
    source text not null,
    number integer not null,
    is_last boolean not null,
    records jsonb not null,
    received_at timestamptz not null,
    constraint data_export_parts_pkey primary key (export_id, source, number),
    constraint data_export_parts_source_check check (source in ('ACCOUNTS', 'LIBRARY'))
);
create index data_export_parts_received_at_idx on data_export_parts (received_at);

-- People whose accounts are gone, so that an export of theirs that is told of afterwards is not begun.
create table departed (
    user_id uuid not null,
    departed_at timestamptz not null,
    constraint departed_pkey primary key (user_id)
);
create index departed_at_idx on departed (departed_at);
