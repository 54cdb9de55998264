-- Artists who are heard together with each of some artists, by their most played tracks; then those of their genres.
select k.n as "n!", s.artist_id as "artist_id!"
from unnest($1::uuid[], $2::bigint[]) with ordinality as k (artist_id, most, n)
cross join lateral (
    select c.artist_id, min(c.tier) as tier, sum(c.score) as score
    from (
        select l.artist_id, 1 as tier, p.weight / sqrt(a.weight * b.weight) as score
        from (
            select l.track_id
            from track_artists l
            where l.artist_id = k.artist_id
            order by l.play_count desc, l.track_id desc
            limit 10
        ) as top
        join track_pairs p on p.track_id = top.track_id
        join track_weights a on a.track_id = p.track_id
        join track_weights b on b.track_id = p.other_id
        join tracks t on t.id = p.other_id and t.status = 'PUBLISHED'
        join track_artists l on l.track_id = p.other_id
        union all
        select o.artist_id, 2, ln(2 + l.play_count)::float8 / 1000
        from (
            select g.slug
            from (
                select l.track_id
                from track_artists l
                where l.artist_id = k.artist_id
                order by l.play_count desc, l.track_id desc
                limit 10
            ) as top
            join track_genres g on g.track_id = top.track_id
            group by g.slug
            order by count(*) desc, g.slug
            limit 3
        ) as g
        cross join lateral (
            select l.track_id, l.play_count
            from track_genres l
            join tracks t on t.id = l.track_id and t.status = 'PUBLISHED'
            where l.slug = g.slug
            order by l.play_count desc, l.track_id desc
            limit 60
        ) as l
        join track_artists o on o.track_id = l.track_id
    ) as c
    where c.artist_id <> k.artist_id
    group by c.artist_id
    order by tier, score desc, c.artist_id
    limit k.most
) as s
order by k.n, s.tier, s.score desc, s.artist_id
