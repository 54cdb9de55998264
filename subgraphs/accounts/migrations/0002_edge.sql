-- What the edge needs: revoked tokens, API keys, devices that were seen, and the security log.

-- Tokens that are refused before their time. Written in the transaction that ends a session or takes rights away, and copied
-- to Redis, where the router and the subgraphs read them, until the last such token has expired by itself.
create table revocations (
    -- The session or API key (ses_…), or the person (usr_…).
    subject text not null,
    -- Of a person: tokens made from this version of the account or before.
    version bigint,
    created_at timestamptz not null,
    constraint revocations_pkey primary key (subject)
);
create index revocations_created_at_idx on revocations (created_at);

-- Keys that programs sign in with, on behalf of a person.
create table api_keys (
    id uuid not null,
    user_id uuid not null,
    name text not null,
    scopes text[] not null,
    -- SHA-256 of the secret: 256 random bits need no slow hash.
    hash bytea not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint api_keys_pkey primary key (id),
    constraint api_keys_hash_key unique (hash),
    constraint api_keys_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index api_keys_user_id_idx on api_keys (user_id, id);

-- Devices that a person has signed in on, so that a new one is noticed.
create table devices (
    user_id uuid not null,
    -- SHA-256 of the device's name and the kind of its client.
    fingerprint bytea not null,
    last_seen_at timestamptz not null,
    constraint devices_pkey primary key (user_id, fingerprint),
    constraint devices_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

-- What happened to accounts, for their owners and for whoever investigates. It outlives the account.
create table security_events (
    id uuid not null,
    -- Absent when somebody tried an address that has no account.
    user_id uuid,
    kind text not null,
    session_id uuid,
    ip_address text,
    user_agent text,
    detail text,
    created_at timestamptz not null,
    constraint security_events_pkey primary key (id)
);
create index security_events_user_id_idx on security_events (user_id, created_at desc, id desc);
create index security_events_created_at_idx on security_events (created_at);

-- The log is only added to, whoever asks; old entries may be deleted.
create function security_events_are_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.created_at < now() - interval '90 days' then
        return old;
    end if;
    raise exception 'the security log is only added to';
end $$;
create trigger security_events_are_kept before update or delete on security_events
    for each row execute function security_events_are_kept();
create trigger security_events_are_not_emptied before truncate on security_events
    for each statement execute function security_events_are_kept();
