-- Which form of names (polyphony_names::VERSION) all folded columns and documents have; `catalog migrate` derives them anew
-- when the program has a later one.
create table names_version (
    is_only boolean not null default true,
    version smallint not null,
    constraint names_version_pkey primary key (is_only),
    constraint names_version_one_row check (is_only)
);
insert into names_version (version) values (1);
