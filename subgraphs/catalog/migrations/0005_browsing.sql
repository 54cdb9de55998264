-- Lists in every order. Titles and sort keys are compared by code points, so that the order, and the letters that it is cut
-- into, do not depend on how the database was set up.
create index albums_title_c_idx on albums (folded_title collate "C", id) where status = 'PUBLISHED';
create index albums_released_idx on albums ((coalesce(released_on, '')), id) where status = 'PUBLISHED';
create index tracks_title_c_idx on tracks (folded_title collate "C", id) where status = 'PUBLISHED';
create index tracks_popular_idx on tracks (play_count desc, id desc) where status = 'PUBLISHED';
create index artists_sort_key_c_idx on artists (sort_key collate "C", id);
create index artists_newest_idx on artists (created_at desc, id desc);
create index artists_popular_idx on artists (play_count desc, id desc);
