-- One mail for an import, not one a track: what became of uploads waits here until nothing more is heard for a while.

-- What became of an upload that its owner was not told of yet. Rows are deleted by the transaction that writes the mail.
create table finished_uploads (
    -- The event that told of it.
    event_id uuid not null,
    user_id uuid not null,
    -- The order in which they were heard of.
    seq bigint generated always as identity,
    -- The mail that it would be by itself.
    letter jsonb not null,
    constraint finished_uploads_pkey primary key (event_id)
);
create index finished_uploads_user_id_idx on finished_uploads (user_id, seq);

-- Whom there is something to tell, and when. Its lock is held by whoever adds to it and by whoever writes the mail.
create table digests (
    user_id uuid not null,
    first_at timestamptz not null,
    due_at timestamptz not null,
    constraint digests_pkey primary key (user_id)
);
create index digests_due_at_idx on digests (due_at);
