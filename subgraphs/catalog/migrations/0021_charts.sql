-- Charts move on a few tracks at a time, beside the plays: each track says at which hour or day it stands.
alter table chart_counts add column stands_at timestamptz not null default date_trunc('hour', now());
update chart_counts c set stands_at = s.stands_at from charts s where s.chart = c.chart;

-- What a track's plays add up to is read from the index alone.
create index play_buckets_track_unit_idx on play_buckets (track_id, unit, starts_at) include (plays);
drop index play_buckets_track_idx;
