-- Folders on the server: media looks for music in them, and nobody needs to upload it.

-- Who has which handle and address, by which the setting names the owners of folders.
create table people (
    user_id uuid not null,
    handle text not null,
    email text not null,
    -- Of the account, in the event that said so.
    version bigint not null,
    constraint people_pkey primary key (user_id)
);
create index people_handle_idx on people (lower(handle));
create index people_email_idx on people (lower(email));

-- How it stands with each folder that the setting names. One worker at a time looks after it: whoever knows `lease_token`, until
-- `lease_until`.
create table library_folders (
    path text not null,
    state text not null,
    -- Why files or all of it could not be read, for an admin; and how many files.
    problem text,
    unreadable integer not null default 0,
    last_scanned_at timestamptz,
    -- Since when an admin wants it scanned, until a scan has begun.
    requested_at timestamptz,
    lease_token uuid,
    lease_until timestamptz,
    constraint library_folders_pkey primary key (path),
    constraint library_folders_state_check check (
        state in ('WAITING', 'SCANNING', 'WATCHED', 'RESCANNED', 'UNREADABLE', 'OWNER_UNKNOWN')
    )
);

-- The files of music in them as they were seen last, so that a scan takes only what is new. Paths are bytes, as the system has them.
create table library_files (
    folder text not null,
    -- The folder that it is in, from `folder` on; empty for `folder` itself.
    parent bytea not null,
    name bytea not null,
    size_bytes bigint not null,
    -- When it was changed, nanoseconds since 1970.
    modified_ns bigint not null,
    -- None when the upload and its owner are gone.
    upload_id uuid,
    -- Since when it is not there any more.
    missing_since timestamptz,
    constraint library_files_pkey primary key (folder, parent, name),
    constraint library_files_folder_fkey foreign key (folder) references library_folders (path),
    constraint library_files_upload_id_fkey foreign key (upload_id) references uploads (id) on delete set null
);
create index library_files_stamp_idx on library_files (folder, modified_ns, size_bytes);
create index library_files_upload_idx on library_files (upload_id);

-- Where an upload's bytes come from, when nobody sent them: a folder, the path in it, and whether they are copied to the object store.
alter table uploads add column library_folder text;
alter table uploads add column library_path bytea;
alter table uploads add column library_mode text;
-- Since when the file that it needs is gone from there, or has other bytes.
alter table uploads add column missing_since timestamptz;
alter table uploads add constraint uploads_library_check check (
    (library_folder is null) = (library_path is null) and (library_folder is null) = (library_mode is null)
    and (library_mode is null or library_mode in ('COPY', 'REFERENCE'))
);
