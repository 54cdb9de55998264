-- What happened to a track before: expands only, a process of the release before works on the table, too.

-- SHA-256 of the tags that were imported of the track last; absent for what no file has told of.
alter table tracks add column tags_hash bytea;

-- When the track was withdrawn by itself; absent when it was withdrawn with its album.
alter table tracks add column withdrawn_at timestamptz;
