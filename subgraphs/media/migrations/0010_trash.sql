-- Uploads outlive the tracks that they were kept for: as sources that do not play, and in their owner's trash.

-- Which track keeps an upload, whether it plays from it or not, as the catalog says.
create table track_sources (
    upload_id uuid not null,
    track_id uuid not null,
    constraint track_sources_pkey primary key (upload_id)
);
create index track_sources_track_idx on track_sources (track_id);
insert into track_sources (upload_id, track_id)
select distinct on (upload_id) upload_id, track_id
from track_media
where upload_id is not null and not deleted
order by upload_id, version desc;

-- Since when an upload is in its owner's trash: no track keeps it. Null while one does, and before the first one did.
comment on column uploads.unused_since is 'since when it is in its owner''s trash';

-- The folder that the file was in, as its owner's client said: compared, and never shown to others.
alter table uploads add column folder text;
-- The upload that an earlier state of the file was, as its owner's client said; not checked.
alter table uploads add column replaces uuid;
-- What the catalog was told when it was ready, so that it can be told again when the upload comes back from the trash.
alter table uploads add column announced jsonb;

-- The picture that an album shows as its cover, as the catalog says.
create table album_covers (
    album_id uuid not null,
    image_id uuid,
    version bigint not null,
    constraint album_covers_pkey primary key (album_id)
);
create index album_covers_image_idx on album_covers (image_id) where image_id is not null;
