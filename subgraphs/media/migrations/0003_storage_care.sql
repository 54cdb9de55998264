-- What listeners want, which uploads are needed no more, and in which sizes covers are kept.

-- What a person chose in their preferences, as accounts says.
create table listeners (
    user_id uuid not null,
    streaming_quality text not null,
    -- The account's version: what is older changes nothing.
    version bigint not null,
    constraint listeners_pkey primary key (user_id),
    constraint listeners_streaming_quality_check check (streaming_quality in ('LOW', 'NORMAL', 'HIGH', 'LOSSLESS'))
);

-- Since when no track plays from an upload that one played from; null while one does, and before the first one did.
alter table uploads add column unused_since timestamptz;
create index uploads_unused_idx on uploads (unused_since) where unused_since is not null;

-- The sizes in which the cover is stored, in pixels of its longer side.
alter table encodings add column cover_sizes integer[] not null default '{}';
update encodings set cover_sizes = '{640}' where has_cover;
