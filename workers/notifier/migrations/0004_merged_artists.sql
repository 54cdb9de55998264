-- What artists were merged into, so that who followed them follows what those became, whichever event is heard first.

create table merged_artists (
    artist_id uuid not null,
    -- Of the event that told of it: what is older changes nothing.
    version bigint not null,
    -- What it became; null when it is there (again).
    merged_into uuid,
    constraint merged_artists_pkey primary key (artist_id)
);
