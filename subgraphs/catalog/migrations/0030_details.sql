-- What files say beside what tracks are matched by: composers, work, label and so on. Expands only.

-- As MediaReady tells it; null when the file says none of it, and when it was uploaded before that was read.
alter table track_sources add column details jsonb;

-- When the music of the album was first released, as its first file says; reissues have a later `released_on`.
alter table albums add column original_released_on text;
