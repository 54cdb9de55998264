-- Tracks and artists that a person does not want to hear, and tracks that they rated, are shelves of the library, too.
alter table library_entries
    drop constraint library_entries_shelf_known,
    add constraint library_entries_shelf_known check (
        shelf in (
            'LIKED_TRACKS', 'SAVED_ALBUMS', 'FOLLOWED_ARTISTS', 'HIDDEN_TRACKS', 'HIDDEN_ARTISTS', 'RATED_TRACKS'
        )
    ),
    -- Of what is rated alone.
    add column rating smallint,
    add constraint library_entries_rating_range check (rating between 1 and 5);
