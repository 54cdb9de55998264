-- Accounts: people, their sessions and the keys that their access tokens are signed with.

-- Finds people by a part of their name or address (admins only).
create extension if not exists pg_trgm;

-- A person. Address and handle are stored as they are compared: lower-case.
create table users (
    id uuid not null,
    email text not null,
    email_verified_at timestamptz,
    -- Argon2id in PHC format; null for people who sign in elsewhere only.
    password_hash text,
    handle text not null,
    display_name text not null,
    bio text,
    avatar_url text,
    role text not null default 'LISTENER',
    suspended_at timestamptz,
    locale text not null default 'en',
    explicit_content boolean not null default true,
    streaming_quality text not null default 'HIGH',
    email_notifications boolean not null default true,
    autoplay boolean not null default true,
    created_at timestamptz not null,
    -- Grows by one with every change; events carry it.
    version bigint not null default 1,
    constraint users_pkey primary key (id),
    constraint users_email_key unique (email),
    constraint users_handle_key unique (handle),
    constraint users_email_check check (email = lower(email)),
    constraint users_handle_check check (handle ~ '^[a-z0-9_.-]{3,30}$'),
    constraint users_role_check check (role in ('LISTENER', 'CREATOR', 'ADMIN')),
    constraint users_streaming_quality_check check (streaming_quality in ('LOW', 'NORMAL', 'HIGH', 'LOSSLESS'))
);
create index users_search_idx on users using gin ((handle || ' ' || display_name || ' ' || email) gin_trgm_ops);
create index users_role_idx on users (role, id);

-- A person signed in on one device. A session that has ended stays for a while, so that a stolen token is recognised.
create table sessions (
    id uuid not null,
    user_id uuid not null,
    device_name text,
    user_agent text,
    ip_address text,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- Moves on with every refresh.
    expires_at timestamptz not null,
    ended_at timestamptz,
    constraint sessions_pkey primary key (id),
    constraint sessions_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index sessions_user_id_idx on sessions (user_id, last_seen_at desc) where ended_at is null;
create index sessions_expires_at_idx on sessions (expires_at);

-- The refresh tokens of a session, one a generation. Only the newest is worth anything.
create table refresh_tokens (
    -- SHA-256 of the token: a copy of this table lets nobody in.
    hash bytea not null,
    session_id uuid not null,
    generation bigint not null,
    -- What the token was derived with from the one before it: who sends that one again at once gets the same answer again.
    -- It is worth nothing without the token before it, of which only the hash is here.
    salt bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint refresh_tokens_pkey primary key (hash),
    constraint refresh_tokens_session_id_generation_key unique (session_id, generation),
    constraint refresh_tokens_session_id_fkey foreign key (session_id) references sessions (id) on delete cascade
);
create index refresh_tokens_expires_at_idx on refresh_tokens (expires_at);

-- Tokens that were sent by mail, one of a purpose and person: a new one replaces the one before it. Used ones are deleted.
create table mail_tokens (
    user_id uuid not null,
    purpose text not null,
    -- SHA-256 of the token.
    hash bytea not null,
    -- The address that it was sent to: it shows nothing about another one.
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint mail_tokens_pkey primary key (user_id, purpose),
    constraint mail_tokens_hash_key unique (hash),
    constraint mail_tokens_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint mail_tokens_purpose_check check (purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD'))
);

-- The Ed25519 keys that sign access tokens. The private part is kept as PKCS#8 in the clear: whoever reads this table can
-- sign tokens, so the database's own encryption and access rules guard it.
create table signing_keys (
    id text not null,
    pkcs8 bytea not null,
    public_key bytea not null,
    created_at timestamptz not null,
    -- Published at once, but used only from here on: by then every verifier has it.
    activates_at timestamptz not null,
    -- Published until here, so that the last tokens that it signed are accepted to their end.
    retires_at timestamptz,
    constraint signing_keys_pkey primary key (id)
);
