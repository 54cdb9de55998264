-- Exports of all that is kept about a person: when they were asked for, so that one follows another at a distance. What becomes of
-- an export is known to media, which packs it.
create table data_exports (
    id uuid not null,
    user_id uuid not null,
    requested_at timestamptz not null,
    constraint data_exports_pkey primary key (id),
    constraint data_exports_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index data_exports_user_idx on data_exports (user_id, requested_at desc);
create index data_exports_requested_at_idx on data_exports (requested_at);
