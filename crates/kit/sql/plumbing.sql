-- Tables of the plumbing. Every statement can be run again: they are run before the migrations of each service.

-- Events that were written with a change and wait for the broker. The relay deletes what the broker acknowledged.
create table if not exists outbox (
    seq bigint generated always as identity primary key,
    id uuid not null,
    topic text not null,
    key text not null,
    type text not null,
    headers jsonb not null,
    payload text not null,
    created_at timestamptz not null
);

-- Events whose effect is in this database already, by the consumer that had it.
create table if not exists inbox (
    consumer text not null,
    event_id uuid not null,
    received_at timestamptz not null default now(),
    constraint inbox_pkey primary key (consumer, event_id)
);
create index if not exists inbox_received_at_idx on inbox (received_at);

-- First results of mutations that carried an idempotency key; kept 24 hours.
create table if not exists idempotency_keys (
    user_id uuid not null,
    key text not null,
    input_hash bytea not null,
    result jsonb not null,
    created_at timestamptz not null,
    constraint idempotency_keys_pkey primary key (user_id, key)
);
create index if not exists idempotency_keys_created_at_idx on idempotency_keys (created_at);
