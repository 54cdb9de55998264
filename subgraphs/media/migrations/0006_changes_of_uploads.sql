-- When an upload or its job last changed in what people see of it, by the database's clock: those who watch all of their
-- uploads go by it. A trigger notes it, so that no statement can forget to.
alter table uploads add column changed_at timestamptz not null default now();
alter table uploads alter column changed_at set default clock_timestamp();
create index uploads_changed_idx on uploads (owner_id, changed_at, id);

alter table jobs add column changed_at timestamptz not null default now();
alter table jobs alter column changed_at set default clock_timestamp();
create index jobs_changed_idx on jobs (owner_id, changed_at, upload_id);

create function note_change() returns trigger language plpgsql as $$
begin
    new.changed_at := clock_timestamp();
    return new;
end
$$;

create trigger uploads_note_change before update on uploads for each row
when (
    (old.state, old.track_id, old.duplicate_of, old.rejected_because, old.rejected_reason)
    is distinct from (new.state, new.track_id, new.duplicate_of, new.rejected_because, new.rejected_reason)
)
execute function note_change();

create trigger jobs_note_change before update on jobs for each row
when (
    (old.state, old.attempt, old.percent, old.playable_until_ms, old.eta_ms, old.failed_because)
    is distinct from (new.state, new.attempt, new.percent, new.playable_until_ms, new.eta_ms, new.failed_because)
)
execute function note_change();

-- What is still to happen of a person's, newest first.
create index uploads_underway_idx on uploads (owner_id, created_at desc, id desc)
where state in ('AWAITING_BYTES', 'RECEIVED', 'PROBING', 'TRANSCODING');
