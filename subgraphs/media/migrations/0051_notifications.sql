-- Workers hear of what there is to do when it is committed, whichever statement made it so.

create function notify_workers() returns trigger language plpgsql as $$
begin
    perform pg_notify(tg_argv[0], '');
    return null;
end
$$;

-- A job that was queued, or whose end leaves its owner room for another.
create trigger jobs_notify_insert after insert on jobs for each row
when (new.state = 'QUEUED') execute function notify_workers('jobs');
create trigger jobs_notify_update after update on jobs for each row
when (new.state = 'QUEUED' or old.state = 'RUNNING' and new.state <> 'RUNNING') execute function notify_workers('jobs');

-- An export, or its last part.
create trigger data_exports_notify after insert or update on data_exports for each row
when (new.state = 'PENDING' and new.lease_token is null) execute function notify_workers('exports');
create trigger data_export_parts_notify after insert on data_export_parts for each row
when (new.is_last) execute function notify_workers('exports');
