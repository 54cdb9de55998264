-- What is gone leaves libraries, and whoever wants nothing explicit is shown nothing explicit by rules either.

-- Things of catalog that were deleted: nobody can keep them any more. Those that are not `swept` may still stand in libraries.
create table gone (
    thing_id uuid not null,
    gone_at timestamptz not null,
    swept boolean not null default false,
    constraint gone_pkey primary key (thing_id)
);
create index gone_unswept_idx on gone (thing_id) where not swept;
insert into gone (thing_id, gone_at) select id, now() from tracks where status = 'DELETED';
create index library_entries_thing_idx on library_entries (thing_id);

-- catalog tells again of the tracks that are explicit.
alter table tracks add column explicit boolean not null default false;

-- What people chose, as accounts tells.
create table preferences (
    user_id uuid not null,
    explicit_content boolean not null,
    version bigint not null,
    constraint preferences_pkey primary key (user_id)
);

-- Grows whenever tracks change, before and after the change can be seen: what rules chose is right while it stands still.
create sequence track_changes;

-- Plays that are too old for histories are found by their age, in the order in which they are written.
create index plays_age_idx on plays using brin (started_at);
