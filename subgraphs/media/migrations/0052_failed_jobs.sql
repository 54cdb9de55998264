-- Jobs to be asked for again, of a person or of all.
create index jobs_failed_idx on jobs (finished_at, owner_id) where state = 'FAILED';
