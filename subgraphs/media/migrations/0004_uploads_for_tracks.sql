-- An upload that is for a track is played from while it is still encoded, before the catalog has heard of it.
create index uploads_for_track_idx on uploads (for_track_id, created_at desc) where for_track_id is not null;
