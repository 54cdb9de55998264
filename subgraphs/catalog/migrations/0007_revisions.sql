-- The order in which what everybody sees of the catalog has changed, for clients that keep a copy of it.
-- Whoever writes a document holds this row until the commit, so that revisions become visible in their order.
create table catalog_revision (
    is_only boolean not null default true,
    revision bigint not null,
    constraint catalog_revision_pkey primary key (is_only),
    constraint catalog_revision_one_row check (is_only)
);

alter table search_documents
    -- That of the last change. A document that is no longer live tells that the thing is gone.
    add column revision bigint not null default 0;
update search_documents d
set revision = n.revision
from (select id, row_number() over (order by id) as revision from search_documents) n
where n.id = d.id;
insert into catalog_revision (revision) select coalesce(max(revision), 0) from search_documents;
create index search_documents_revision_idx on search_documents (revision, id) where kind <> 'PLAYLIST';
