-- Chapters of audiobooks and long recordings, as their files name them: a list of titles with where they begin and end, in ms.
alter table uploads add column chapters jsonb;
