-- The people whom mail can be written to, as accounts last told of them.
create table people (
    user_id uuid not null,
    email text not null,
    display_name text not null,
    -- Their language, BCP 47.
    locale text not null,
    -- Of the account; what is older than this is dropped.
    version bigint not null,
    constraint people_pkey primary key (user_id)
);

-- Mails to send, and for a while those that were sent. A row is written in the transaction that handles its event.
create table mails (
    -- The event that the mail tells of: one event, one mail.
    event_id uuid not null,
    -- To whom. Not a reference: an upload's event may come before that of its owner's account, and the mail waits.
    user_id uuid not null,
    -- Where to and how they are called, when the event itself says so; else as accounts last told.
    email text,
    display_name text,
    -- What it says; it is put into words when it is sent. Secrets are taken out of it once it was.
    letter jsonb not null,
    created_at timestamptz not null,
    -- How often it was taken up for sending.
    attempts integer not null default 0,
    -- When it may be taken up (again). Whoever takes it up moves this ahead: that is its lease.
    next_attempt_at timestamptz not null,
    -- Why the last attempt failed.
    last_error text,
    sent_at timestamptz,
    -- When it had failed too often to be tried again.
    given_up_at timestamptz,
    constraint mails_pkey primary key (event_id)
);
create index mails_next_attempt_at_idx on mails (next_attempt_at) where sent_at is null and given_up_at is null;
create index mails_created_at_idx on mails (created_at);
