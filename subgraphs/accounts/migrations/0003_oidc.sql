-- Signing in at another provider (OpenID Connect).

-- Sign-ins that have begun: who comes back with the state is the one who was sent away.
create table oidc_logins (
    -- SHA-256 of the state.
    state_hash bytea not null,
    provider text not null,
    redirect_uri text not null,
    -- What the ID token must bear.
    nonce text not null,
    -- What the code is redeemed with (PKCE).
    code_verifier text not null,
    expires_at timestamptz not null,
    constraint oidc_logins_pkey primary key (state_hash)
);
create index oidc_logins_expires_at_idx on oidc_logins (expires_at);

-- Accounts at providers that people sign in with.
create table identities (
    provider text not null,
    -- The person's id at the provider.
    subject text not null,
    user_id uuid not null,
    created_at timestamptz not null,
    constraint identities_pkey primary key (provider, subject),
    constraint identities_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index identities_user_id_idx on identities (user_id);
