-- What workers go by: attempts that do not count, files that hold a worker up, and how long the audio is.

-- Attempts that are not held against a job: those before it was last asked for, and those that a shutdown cut off.
alter table jobs add column attempts_before integer not null default 0;
-- Attempts since then that were stopped because they made no headway.
alter table jobs add column timeouts integer not null default 0;
-- How long the audio is, by its header; null until the file was looked at.
alter table jobs add column audio_ms bigint;
