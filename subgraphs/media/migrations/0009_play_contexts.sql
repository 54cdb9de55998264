-- What entries of queues came from, what media must know of tracks to play an album or an artist by itself, and private sessions.

alter table queue_items
    -- The kind and the id of a PlayContext; null when the client did not say.
    add column context_kind text,
    add column context_id uuid;

-- When the queue was last replaced as a whole: an older request of another subgraph comes too late.
alter table players add column queue_set_at timestamptz;

alter table track_facts
    add column album_id uuid,
    add column disc_number integer,
    add column track_number integer,
    add column released_on text;
create index track_facts_album_idx on track_facts (album_id) where album_id is not null;

-- Times in which the plays of a person count nowhere. They are kept as long as a play of them can be reported.
create table private_sessions (
    user_id uuid not null,
    started_at timestamptz not null,
    ends_at timestamptz not null,
    constraint private_sessions_pkey primary key (user_id, started_at)
);
create index private_sessions_ends_idx on private_sessions (ends_at);
