-- Suggestions beside each of some tracks, as suggestions_for_person.sql has them for a person.
select k.n as "n!", s.track_id as "track_id!", s.tier as "tier!", s.because
from unnest($1::uuid[], $2::bigint[], $3::bool[]) with ordinality as k (track_id, most, is_far, n)
cross join lateral (
    select b.track_id, b.tier, b.score, b.because
    from (
        select distinct on (c.track_id) c.track_id, c.tier, c.score, c.because
        from (
            (
                select
                    p.other_id as track_id,
                    1 as tier,
                    p.weight / sqrt((a.weight + $6) * (b.weight + $6)) as score,
                    t.title as because
                from track_pairs p
                join track_weights a on a.track_id = p.track_id
                join track_weights b on b.track_id = p.other_id
                join tracks t on t.id = p.track_id
                where p.track_id = k.track_id
                order by score desc
                limit 100
            )
            union all
            select l.track_id, 2, ln(2 + l.play_count)::float8, a.name
            from track_artists o
            join artists a on a.id = o.artist_id
            cross join lateral (
                select l.track_id, l.play_count
                from track_artists l
                where l.artist_id = o.artist_id
                order by l.play_count desc, l.track_id desc
                limit 10
            ) as l
            where o.track_id = k.track_id
            union all
            select l.track_id, 3, ln(2 + l.play_count)::float8, g.name
            from track_genres o
            join genres g on g.slug = o.slug
            cross join lateral (
                select l.track_id, l.play_count
                from track_genres l
                where l.slug = o.slug
                order by l.play_count desc, l.track_id desc
                limit 60
            ) as l
            where o.track_id = k.track_id
            union all
            (
                select c.track_id, 4, c.plays::float8, null
                from chart_counts c
                where k.is_far and c.chart = 'MONTH' and c.plays > 0
                order by c.plays desc, c.track_id
                limit 60
            )
        ) as c
        where c.track_id <> k.track_id
        order by c.track_id, c.tier, c.score desc
    ) as b
    join tracks t on t.id = b.track_id
    left join tastes h on h.user_id = $4 and h.track_id = b.track_id
    where t.status = 'PUBLISHED'
      and (not t.explicit or coalesce((select explicit_content from preferences where user_id = $4), true))
      and h.opinion is distinct from 'DISLIKED'
      and (h.last_at is null or h.last_at < $5)
    order by b.tier, b.score desc, b.track_id desc
    limit k.most
) as s
order by k.n, s.tier, s.score desc, s.track_id desc
