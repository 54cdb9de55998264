-- Second factors (one-time codes, passkeys, recovery codes), and when a session last proved who is behind it.

-- When the person behind the session last proved themselves with all that their account asks for: by signing in or by a
-- step-up. Null after their second factors have changed elsewhere: the next dangerous change asks again.
alter table sessions add column proved_at timestamptz;

-- Whether the person has TOTP on or a passkey. Kept here, and not derived, because whoever locks the person must see what was
-- committed while they waited for the lock.
alter table users add column has_second_factor boolean not null default false;

-- One-time codes by time (RFC 6238), one secret a person.
create table totps (
    user_id uuid not null,
    -- The secret that codes are made with; null until the first one is confirmed. It is needed to check codes, so it is no
    -- hash, but it is sealed with the service's keys.
    secret text,
    enabled_at timestamptz,
    -- The newest time step whose code was accepted: a code is good once, and none before it is.
    last_step bigint,
    -- A secret that was shown and not confirmed yet.
    pending_secret text,
    pending_until timestamptz,
    -- Wrong codes since `failures_since`, so that a million codes cannot be tried.
    failures integer not null default 0,
    failures_since timestamptz,
    constraint totps_pkey primary key (user_id),
    constraint totps_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint totps_enabled_check check ((secret is null) = (enabled_at is null))
);

-- What lets somebody in who has lost their second factor; each once.
create table recovery_codes (
    user_id uuid not null,
    -- SHA-256 of the code: 80 random bits need no slow hash.
    hash bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (user_id, hash),
    constraint recovery_codes_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);

-- WebAuthn credentials.
create table passkeys (
    id uuid not null,
    user_id uuid not null,
    -- The authenticator's name for it.
    credential_id bytea not null,
    -- The public key, the counter and the flags, as webauthn-rs writes them.
    credential jsonb not null,
    name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint passkeys_pkey primary key (id),
    constraint passkeys_credential_id_key unique (credential_id),
    constraint passkeys_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index passkeys_user_id_idx on passkeys (user_id, id);

-- Registrations and assertions that have begun at an authenticator; each is completed at most once.
create table webauthn_ceremonies (
    -- SHA-256 of the token that the client completes it with.
    hash bytea not null,
    purpose text not null,
    -- Whose; null where the passkey says who signs in.
    user_id uuid,
    -- The challenge and what was asked for, as webauthn-rs writes it.
    state jsonb not null,
    expires_at timestamptz not null,
    constraint webauthn_ceremonies_pkey primary key (hash),
    constraint webauthn_ceremonies_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint webauthn_ceremonies_purpose_check check (purpose in ('REGISTRATION', 'LOGIN', 'ASSERTION'))
);
create index webauthn_ceremonies_expires_at_idx on webauthn_ceremonies (expires_at);

-- Sign-ins whose first factor was right and whose second is awaited.
create table second_factor_challenges (
    -- SHA-256 of the token.
    hash bytea not null,
    user_id uuid not null,
    -- The account as it was: whatever changed it since, the sign-in begins again.
    account_version bigint not null,
    device_name text,
    attempts integer not null default 0,
    expires_at timestamptz not null,
    constraint second_factor_challenges_pkey primary key (hash),
    constraint second_factor_challenges_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index second_factor_challenges_expires_at_idx on second_factor_challenges (expires_at);
