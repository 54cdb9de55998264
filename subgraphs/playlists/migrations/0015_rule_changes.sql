-- What has changed lately of what rules ask about, so that a smart playlist looks at that again and not at all tracks.

create table rule_changes (
    -- The transaction that made it: who has looked while it went on looks again.
    xact bigint not null default pg_current_xact_id()::text::bigint,
    made_at timestamptz not null default now(),
    -- Whose like or play it is; nobody's for a change of the track itself.
    user_id uuid,
    track_id uuid not null
);
create index rule_changes_xact_idx on rule_changes (xact);
create index rule_changes_age_idx on rule_changes using brin (made_at);

-- Whatever writes to these tables, nothing is missed.
create function note_changed_tracks() returns trigger language plpgsql as $$
begin
    insert into rule_changes (track_id) select id from changed;
    return null;
end
$$;
create function note_changed_listens() returns trigger language plpgsql as $$
begin
    insert into rule_changes (user_id, track_id) select user_id, track_id from changed;
    return null;
end
$$;
create function note_changed_likes() returns trigger language plpgsql as $$
begin
    insert into rule_changes (user_id, track_id)
    select user_id, thing_id from changed where shelf = 'LIKED_TRACKS';
    return null;
end
$$;

create trigger tracks_inserted after insert on tracks
    referencing new table as changed for each statement execute function note_changed_tracks();
create trigger tracks_updated after update on tracks
    referencing new table as changed for each statement execute function note_changed_tracks();
create trigger tracks_deleted after delete on tracks
    referencing old table as changed for each statement execute function note_changed_tracks();
create trigger listens_inserted after insert on listens
    referencing new table as changed for each statement execute function note_changed_listens();
create trigger listens_updated after update on listens
    referencing new table as changed for each statement execute function note_changed_listens();
create trigger listens_deleted after delete on listens
    referencing old table as changed for each statement execute function note_changed_listens();
create trigger library_entries_inserted after insert on library_entries
    referencing new table as changed for each statement execute function note_changed_likes();
create trigger library_entries_updated after update on library_entries
    referencing new table as changed for each statement execute function note_changed_likes();
create trigger library_entries_deleted after delete on library_entries
    referencing old table as changed for each statement execute function note_changed_likes();
