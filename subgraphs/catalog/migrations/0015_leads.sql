-- Whose album files are of that name no album artist. Expands only.

-- Who may lead the album of the track, as the artist of its file is read: the whole name first, then each beginning of it
-- (domain/lead.rs). Null where the file says whose album it is, and for what no file has made.
alter table tracks add column lead text[];

-- Whether the artists of the album are a guess from the artists of its tracks, which every further file may change.
alter table albums add column is_guessed boolean not null default false;
