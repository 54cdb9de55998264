-- Sessions and keys that end, and a security log that nobody floods.

-- Keys end. Those that are there get the year that new ones have.
alter table api_keys add column expires_at timestamptz;
update api_keys set expires_at = now() + interval '365 days';
alter table api_keys
    alter column expires_at set not null,
    alter column expires_at set default now() + interval '365 days';
create index api_keys_expires_at_idx on api_keys (expires_at);

-- Used tokens whose successor was used too are deleted after a day.
create index refresh_tokens_used_at_idx on refresh_tokens (used_at) where used_at is not null;

-- When a device was first seen, so that news of new ones do not flood a mailbox.
alter table devices add column first_seen_at timestamptz;
update devices set first_seen_at = last_seen_at;
alter table devices
    alter column first_seen_at set not null,
    alter column first_seen_at set default now();
create index devices_last_seen_at_idx on devices (last_seen_at);

-- Who did it, where that is somebody else: an admin.
alter table security_events add column actor_id uuid;
-- Failures of an hour from one network are one entry, which counts them: somebody who guesses adds no entries.
alter table security_events add column count bigint not null default 1;
-- When the last of them was; `created_at` is when the first was.
alter table security_events add column last_at timestamptz;
-- What failures have in common that are one entry; null for everything that is an entry of its own.
alter table security_events add column group_key bytea;
create unique index security_events_group_key_idx on security_events (group_key);
create index security_events_kind_idx on security_events (kind, created_at desc, id desc);
create index security_events_session_id_idx on security_events (session_id) where session_id is not null;

-- The log is only added to, whoever asks; failures may be counted on, and old entries may be deleted.
create or replace function security_events_are_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.created_at < now() - interval '90 days' then
        return old;
    end if;
    if tg_op = 'UPDATE' and old.group_key is not null and new.count > old.count and new.last_at >= old.last_at
        and to_jsonb(new) - '{count,last_at}'::text[] = to_jsonb(old) - '{count,last_at}'::text[]
    then
        return new;
    end if;
    raise exception 'the security log is only added to';
end $$;
