-- How long a playlist takes is read from the index alone.
create index tracks_duration_idx on tracks (id) include (duration_ms);
