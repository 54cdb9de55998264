-- What a library's keeper may want to put right is found by indexes. Expands only.

-- What names that are likely meant to be the same have in common: the folded name without its article, blanks and punctuation.
-- A name that has nothing else is itself.
create function likeness(name text) returns text language sql immutable as $$
    select coalesce(
        nullif(
            translate(
                replace(
                    case
                        when name like 'the %' then substr(name, 5)
                        when name like 'an %' then substr(name, 4)
                        when name like 'a %' then substr(name, 3)
                        when name like '%, the' then left(name, -5)
                        else name
                    end,
                    '&',
                    'and'
                ),
                ' .,:;!?''"-_/\()[]{}*~`',
                ''
            ),
            ''
        ),
        name
    )
$$;

create index artists_likeness_idx on artists (likeness(folded_name) collate "C", owner_id);
create index albums_likeness_idx on albums (likeness(edition_key) collate "C", owner_id);
create index tracks_likeness_idx on tracks (album_id, likeness(folded_title));

create index albums_coverless_idx on albums (id) where cover_url is null;
create index albums_undated_idx on albums (id) where released_on is null and original_released_on is null;
create index artists_imageless_idx on artists (id) where image_url is null;
