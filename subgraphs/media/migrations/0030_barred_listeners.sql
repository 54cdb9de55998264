-- Who is kept out or gone: playback URLs that were given to them end.
create table barred_listeners (
    user_id uuid primary key,
    is_barred boolean not null,
    -- Of the account; older news change nothing.
    version bigint not null
);
