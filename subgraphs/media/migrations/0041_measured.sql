-- Handles change hands: owners of folders are named by address or id.
drop index people_handle_idx;
alter table people drop column handle;

-- Of what was encoded before there were histograms there is none; an empty one would count as silence.
alter table encodings alter loudness_histogram drop not null;
alter table encodings alter loudness_histogram drop default;
update encodings set loudness_histogram = null where loudness_histogram = '{}' and integrated_lufs > -70;

-- What an upload is (length, loudness, hash) is known, and its file is played, before its renditions are made.
alter table encodings add measured_at timestamptz;
update encodings e
set measured_at = coalesce((select j.finished_at from jobs j where j.upload_id = e.upload_id), now())
where e.finished;

-- How good the file that was uploaded is, for players that play it as it is. Unknown of what was encoded before.
alter table encodings add source_codec text;
alter table encodings add source_lossless boolean;
alter table encodings add source_channels integer;
alter table encodings add source_bitrate_kbps integer;
alter table encodings add source_bit_depth integer;

-- Renditions are made by attempts of their own: which one, and which one made the MP3. Covers stay with `encodings.attempt`.
alter table renditions add attempt integer;
update renditions r set attempt = e.attempt from encodings e where e.upload_id = r.upload_id;
alter table renditions alter attempt set not null;
alter table encodings add mp3_attempt integer;
update encodings set mp3_attempt = attempt where mp3_size_bytes is not null;

-- Workers of the release before know nothing of this while they end their last jobs.
create function fill_encoding() returns trigger language plpgsql as $$
begin
    if new.finished then
        new.measured_at := coalesce(new.measured_at, now());
        new.mp3_attempt := coalesce(new.mp3_attempt, case when new.mp3_size_bytes is not null then new.attempt end);
    end if;
    return new;
end
$$;
create trigger encodings_fill before insert or update on encodings for each row execute function fill_encoding();
create function fill_rendition() returns trigger language plpgsql as $$
begin
    new.attempt := coalesce(new.attempt, (select e.attempt from encodings e where e.upload_id = new.upload_id));
    return new;
end
$$;
create trigger renditions_fill before insert on renditions for each row execute function fill_rendition();

-- Since when somebody waits for the renditions.
alter table jobs add wanted_at timestamptz;

create or replace view playable_tracks as
select
    t.track_id,
    t.owner_id,
    t.status,
    t.status <> 'WITHDRAWN' and coalesce(e.measured_at is not null or e.playable_until_ms > 0, false) as playable,
    coalesce(case when e.measured_at is not null then e.duration_ms end, nullif(f.duration_ms, 0), nullif(e.duration_ms, 0))
        as duration_ms
from track_media t
left join uploads u on u.id = t.upload_id and u.state not in ('REJECTED', 'EXPIRED')
    and (u.owner_id = t.owner_id or u.catalog_from_tags or u.for_track_id = t.track_id)
left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
left join track_facts f on f.track_id = t.track_id
where not t.deleted;
