-- Whole albums in one file: an upload with a cue sheet becomes an upload for each of its tracks, which are cuts of its audio.

-- The sheet that lay beside the file, as its owner's client sent it.
alter table uploads add column cue_sheet text;
-- Why neither that sheet nor one in the file was followed, for a person.
alter table uploads add column not_split_because text;
-- The upload whose bytes this one plays a part of, which part in the order of the sheet, and where that begins and ends in samples
-- of the decoded audio; without an end it goes on to the end of the file.
alter table uploads add column cut_of uuid;
alter table uploads add column cut_number integer;
alter table uploads add column cut_start bigint;
alter table uploads add column cut_end bigint;
alter table uploads add constraint uploads_cut_of_fkey foreign key (cut_of) references uploads (id);
alter table uploads add constraint uploads_cut_check check (
    (cut_of is null) = (cut_number is null) and (cut_of is null) = (cut_start is null) and (cut_end is null or cut_end > cut_start)
);
create unique index uploads_cut_of_key on uploads (cut_of, cut_number) where cut_of is not null;

-- A job whose cuts are being worked on runs without a worker of its own.
alter table jobs drop constraint jobs_lease_check;
alter table jobs add constraint jobs_lease_check check (
    (lease_token is null) = (lease_until is null) and (state = 'RUNNING' or lease_token is null)
);
