-- Several tokens at once, mails that are backed off by address, invitations, and changes of address.

-- Tokens that were sent by mail. The newest three of a person and purpose are good until they expire or one of them is used, so
-- that whoever asks for mails in somebody's name does not make the mail useless that they are reading. It takes the place of
-- mail_tokens, which processes of the release before still write and which goes with the next release.
create table sent_tokens (
    -- SHA-256 of the token.
    hash bytea not null,
    user_id uuid not null,
    purpose text not null,
    -- The address that it was sent to: it shows nothing about another one.
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint sent_tokens_pkey primary key (hash),
    constraint sent_tokens_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint sent_tokens_purpose_check check (purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD'))
);
create index sent_tokens_user_id_idx on sent_tokens (user_id, purpose, created_at desc);
create index sent_tokens_expires_at_idx on sent_tokens (expires_at);
insert into sent_tokens (hash, user_id, purpose, email, created_at, expires_at)
    select hash, user_id, purpose, email, created_at, expires_at from mail_tokens;

-- How many mails of a kind went out in a row, so that the next one waits longer. Counted by address, not by account: making an
-- account for somebody's address again and again fills no mailbox either.
create table mail_backoffs (
    -- SHA-256 of the address, or of the person's id where a person is counted.
    subject bytea not null,
    kind text not null,
    sent integer not null,
    last_sent_at timestamptz not null,
    constraint mail_backoffs_pkey primary key (subject, kind)
);
create index mail_backoffs_last_sent_at_idx on mail_backoffs (last_sent_at);

-- Invitations to make an account.
create table invitations (
    id uuid not null,
    -- SHA-256 of the code.
    hash bytea not null,
    role text not null,
    -- The only address that may be registered with it.
    email text,
    note text,
    max_uses integer not null,
    uses integer not null,
    created_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint invitations_pkey primary key (id),
    constraint invitations_hash_key unique (hash),
    constraint invitations_created_by_fkey foreign key (created_by) references users (id) on delete set null,
    constraint invitations_role_check check (role in ('LISTENER', 'CREATOR')),
    constraint invitations_uses_check check (uses between 0 and max_uses)
);
create index invitations_created_by_idx on invitations (created_by);
create index invitations_expires_at_idx on invitations (expires_at);

-- Changes of address that wait for the two addresses to agree, one a person.
create table email_changes (
    user_id uuid not null,
    old_email text not null,
    new_email text not null,
    -- The session that asked: it stays when the change is made.
    session_id uuid not null,
    -- SHA-256 of the tokens; an old address that is not verified gets none.
    new_token_hash bytea not null,
    old_token_hash bytea,
    requested_at timestamptz not null,
    expires_at timestamptz not null,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    constraint email_changes_pkey primary key (user_id),
    constraint email_changes_new_token_hash_key unique (new_token_hash),
    constraint email_changes_old_token_hash_key unique (old_token_hash),
    constraint email_changes_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index email_changes_expires_at_idx on email_changes (expires_at);
