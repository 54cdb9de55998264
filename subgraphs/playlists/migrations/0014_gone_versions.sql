-- What is gone says since which version, and what it became: events that come late, or in another order, change nothing then.
-- Expands only.

-- A row stays when the thing is there again (`is_gone` is false), so that what told that it is gone does not bury it anew.
alter table gone
    add column version bigint not null default 0,
    add column is_gone boolean not null default true,
    -- What it was merged into: who keeps it keeps that.
    add column merged_into uuid;
