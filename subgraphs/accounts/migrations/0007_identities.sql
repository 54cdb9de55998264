-- Sign-ins at providers are bound to the browser that began them; people see the accounts elsewhere that they sign in with.

-- SHA-256 of what the client keeps and no URL shows. Sign-ins that began before are over in ten minutes.
alter table oidc_logins add column verifier_hash bytea;

alter table identities
    add column id uuid not null default gen_random_uuid(),
    -- What the provider said last, for the person to recognise the account by.
    add column email text,
    add column last_used_at timestamptz,
    add constraint identities_id_key unique (id);
