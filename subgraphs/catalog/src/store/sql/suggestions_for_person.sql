-- Suggestions for a person: candidates of five tiers, each from a bounded part of an index; of each track the best, and
-- what the person knows behind what they do not.
with seeds as (
    select
        track_id,
        (case when opinion = 'LIKED' then 2 else 1 end)
            * power(0.5, greatest(extract(epoch from $2 - last_at), 0) / 2592000) as weight
    from tastes
    where user_id = $1 and opinion is distinct from 'DISLIKED'
    order by last_at desc
    limit 30
),
pairs as (
    select
        p.other_id as track_id,
        s.track_id as seed_id,
        s.weight * p.weight / sqrt((a.weight + $6) * (b.weight + $6)) as score
    from seeds s
    join track_pairs p on p.track_id = s.track_id
    join track_weights a on a.track_id = p.track_id
    join track_weights b on b.track_id = p.other_id
),
together as (
    select p.track_id, sum(p.score) as score, (array_agg(p.seed_id order by p.score desc))[1] as seed_id
    from pairs p
    group by p.track_id
    order by score desc
    limit 300
),
candidates as (
    select g.track_id, 1 as tier, g.score::float8 as score, t.title as because
    from together g
    join tracks t on t.id = g.seed_id
    union all
    select l.track_id, 2, a.weight::float8 * ln(2 + l.play_count), a.name
    from (
        select l.artist_id, a.name, sum(s.weight) as weight
        from seeds s
        join track_artists l on l.track_id = s.track_id
        join artists a on a.id = l.artist_id
        group by l.artist_id, a.name
        order by weight desc, l.artist_id
        limit 10
    ) as a
    cross join lateral (
        select l.track_id, l.play_count
        from track_artists l
        where l.artist_id = a.artist_id
        order by l.play_count desc, l.track_id desc
        limit 20
    ) as l
    union all
    select l.track_id, 3, g.weight::float8 * ln(2 + l.play_count), g.name
    from (
        select l.slug, g.name, sum(s.weight) as weight
        from seeds s
        join track_genres l on l.track_id = s.track_id
        join genres g on g.slug = l.slug
        group by l.slug, g.name
        order by weight desc, l.slug
        limit 5
    ) as g
    cross join lateral (
        select l.track_id, l.play_count
        from track_genres l
        where l.slug = g.slug
        order by l.play_count desc, l.track_id desc
        limit 60
    ) as l
    union all
    (
        select c.track_id, 4, c.plays::float8, null
        from chart_counts c
        where c.chart = 'MONTH' and c.plays > 0
        order by c.plays desc, c.track_id
        limit 200
    )
    union all
    (
        select t.id, 5, extract(epoch from coalesce(t.published_at, t.created_at))::float8, null
        from tracks t
        where t.status = 'PUBLISHED'
        order by coalesce(t.published_at, t.created_at) desc, t.id desc
        limit 200
    )
),
best as (
    select distinct on (c.track_id) c.track_id, c.tier, c.score, c.because
    from candidates c
    order by c.track_id, c.tier, c.score desc
)
select
    b.track_id as "track_id!",
    case
        -- What nobody has heard is not popular: it is among the newest that there is.
        when b.tier = 5 and t.play_count > 0 and coalesce(t.published_at, t.created_at) < $4 then 4
        else b.tier
    end as "tier!",
    b.because
from best b
join tracks t on t.id = b.track_id
left join tastes k on k.user_id = $1 and k.track_id = b.track_id
where t.status = 'PUBLISHED'
  and (not t.explicit or coalesce((select explicit_content from preferences where user_id = $1), true))
  and k.opinion is distinct from 'DISLIKED'
  and (k.last_at is null or k.last_at < $3)
order by (k.last_at is not null and k.last_at > $5), b.tier, b.score desc, b.track_id desc
limit $7
