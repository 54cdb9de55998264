-- A track keeps every upload of its performance: one of them plays, the others can be chosen. Nothing that was uploaded is let
-- go because another file of it came. `tracks.upload_id` stays what plays.
create table track_sources (
    upload_id uuid not null,
    track_id uuid not null,
    owner_id uuid not null,
    filename text,
    -- Folded, without the folders of single discs; compared only.
    folder text,
    -- As MediaReady tells it; null when it was uploaded before that told it.
    quality jsonb,
    duration_ms int not null,
    -- SHA-256 of the decoded samples; null when it is not known, and for silence.
    recording text,
    -- The year that its tags name.
    year int,
    -- How many tracks its tags say the disc has.
    track_total int,
    has_cover boolean not null default false,
    -- Somebody chose it to play, whatever better there is.
    is_chosen boolean not null default false,
    -- Why it is kept for this track, as words of domain/source.rs.
    reasons jsonb not null,
    added_at timestamptz not null,
    constraint track_sources_pkey primary key (upload_id),
    constraint track_sources_track_fkey foreign key (track_id) references tracks (id) on delete cascade
);
create index track_sources_track_idx on track_sources (track_id);
create index track_sources_recording_idx on track_sources (recording) where recording is not null;
create index track_sources_owner_idx on track_sources (owner_id);

insert into track_sources (upload_id, track_id, owner_id, duration_ms, reasons, added_at)
select
    t.upload_id,
    t.id,
    t.owner_id,
    t.duration_ms,
    '["BEFORE_REASONS"]'::jsonb,
    t.created_at
from tracks t
where t.upload_id is not null;

-- What editions of one album have in common: MusicBrainz's release group, or the title without the words that name an
-- edition (domain/edition.rs); `catalog migrate` derives it for those that are there.
alter table albums add column release_group_id text;
alter table albums add column edition_key text;
update albums set edition_key = folded_title;
create index albums_edition_key_idx on albums (edition_key);
create index albums_release_group_idx on albums (release_group_id) where release_group_id is not null;
