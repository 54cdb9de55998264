-- Keeping a library: things that were merged answer under the id of what they became, changes can be undone, and lists are in
-- the order of publication. Expands only.

-- Where a thing went that was merged into another. Redirects may lead to redirects; each is taken back by undoing its change.
create table redirects (
    old_id uuid not null,
    new_id uuid not null,
    -- The change that can be undone; null for one that an import has made.
    change_id uuid,
    -- What files called it, folded, and its id in MusicBrainz: further files that say so are of what it became.
    name_key text,
    musicbrainz_id text,
    -- Whether everybody's files follow it: an admin has made the change. Others' follow their own alone.
    is_for_all boolean not null default false,
    made_at timestamptz not null,
    constraint redirects_pkey primary key (old_id),
    constraint redirects_leads_elsewhere check (old_id <> new_id)
);
create index redirects_new_idx on redirects (new_id);
create index redirects_name_idx on redirects (name_key) where name_key is not null;
create index redirects_musicbrainz_idx on redirects (musicbrainz_id) where musicbrainz_id is not null;
create index redirects_change_idx on redirects (change_id) where change_id is not null;

-- What a thing is called by now: the end of the redirects that lead from it.
create function current_id(id uuid) returns uuid language sql stable strict as $$
    with recursive chain as (
        select r.new_id, 1 as length from redirects r where r.old_id = $1
        union all
        select r.new_id, c.length + 1 from chain c join redirects r on r.old_id = c.new_id where c.length < 50
    )
    select coalesce((select new_id from chain order by length desc limit 1), $1)
$$;

-- Changes that people made of the catalog and may take back.
create table catalog_edits (
    id uuid not null,
    user_id uuid not null,
    kind text not null,
    -- What stood before, as domain/edit.rs writes it.
    before jsonb not null,
    made_at timestamptz not null,
    undone_at timestamptz,
    constraint catalog_edits_pkey primary key (id),
    constraint catalog_edits_kind_check check (
        kind in ('MERGE_ARTISTS', 'MERGE_ALBUMS', 'MOVE_TRACKS', 'SPLIT_ARTIST')
    )
);
create index catalog_edits_user_idx on catalog_edits (user_id, made_at desc);
create index catalog_edits_made_idx on catalog_edits (made_at);

-- The album that the tracks of this one were imported on before their files were tagged anew.
alter table albums add column renamed_from uuid;

-- What was published when it was made says so.
update albums set published_at = created_at where status = 'PUBLISHED' and published_at is null;
update tracks set published_at = created_at where status = 'PUBLISHED' and published_at is null;
create index albums_published_idx on albums (coalesce(published_at, created_at) desc, id desc) where status = 'PUBLISHED';
create index tracks_published_idx on tracks (coalesce(published_at, created_at) desc, id desc) where status = 'PUBLISHED';
