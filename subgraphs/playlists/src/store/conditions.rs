//! Conditions of rules as SQL about a track `t`, the owner's listening `l` and the owner's liking `k`.
//!
//! What is asked of plays and likes leaves out tracks without any where it can, so that the database begins with the few
//! tracks that have some.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use sqlx::{Postgres, QueryBuilder};

use crate::domain::condition::{Condition, DateTest, NumberTest, TextTest, Wanted};

/// Appends a condition.
pub(super) fn push(sql: &mut QueryBuilder<Postgres>, condition: &Condition, now: DateTime<Utc>) {
    match condition {
        Condition::Title(test) => title(sql, test),
        Condition::Genre(test) => among(sql, "t.genres", test),
        Condition::Artist(test) => among(sql, "t.artists", test),
        Condition::ArtistId(id, wanted) => {
            sql.push(if *wanted == Wanted::Yes { "(" } else { "(not " });
            sql.push("t.artist_ids @> array[").push_bind(id.0).push("])");
        }
        Condition::Released(test) => released(sql, *test, now.date_naive()),
        Condition::Added(test) => at(sql, "t.added_at", *test, now),
        Condition::LastPlayed(test) => at(sql, "l.last_played_at", *test, now),
        Condition::Plays(test) => plays(sql, *test),
        Condition::Duration(test) => number(sql, "t.duration_ms", *test),
        Condition::Liked(Wanted::Yes) => drop(sql.push("k.thing_id is not null")),
        Condition::Liked(Wanted::No) => drop(sql.push("k.thing_id is null")),
    }
}

fn title(sql: &mut QueryBuilder<Postgres>, test: &TextTest) {
    match test {
        TextTest::Is(wanted) => sql.push("t.title = ").push_bind(wanted.clone()),
        TextTest::IsNot(wanted) => sql.push("t.title <> ").push_bind(wanted.clone()),
        TextTest::Contains(wanted) => sql.push("strpos(t.title, ").push_bind(wanted.clone()).push(") > 0"),
    };
}

fn among(sql: &mut QueryBuilder<Postgres>, texts: &'static str, test: &TextTest) {
    match test {
        TextTest::Is(wanted) => sql.push(texts).push(" @> array[").push_bind(wanted.clone()).push("]"),
        TextTest::IsNot(wanted) => {
            sql.push("(not ").push(texts).push(" @> array[").push_bind(wanted.clone()).push("])")
        }
        TextTest::Contains(wanted) => {
            sql.push("exists (select from unnest(").push(texts).push(") as one where strpos(one, ");
            sql.push_bind(wanted.clone()).push(") > 0)")
        }
    };
}

fn released(sql: &mut QueryBuilder<Postgres>, test: DateTest, today: NaiveDate) {
    match test {
        DateTest::In(span) | DateTest::NotIn(span) => {
            sql.push(if matches!(test, DateTest::In(_)) { "coalesce(" } else { "not coalesce(" });
            sql.push("t.released_on >= ").push_bind(span.first);
            sql.push(" and t.released_on < ").push_bind(span.end).push(", false)")
        }
        DateTest::After(span) => sql.push("t.released_on >= ").push_bind(span.end),
        DateTest::Before(span) => sql.push("t.released_on < ").push_bind(span.first),
        DateTest::LastDays(days) => {
            sql.push("t.released_on >= ").push_bind(today - TimeDelta::days(days.into()));
            sql.push(" and t.released_on <= ").push_bind(today)
        }
    };
}

fn at(sql: &mut QueryBuilder<Postgres>, time: &'static str, test: DateTest, now: DateTime<Utc>) {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    match test {
        DateTest::In(span) | DateTest::NotIn(span) => {
            sql.push(if matches!(test, DateTest::In(_)) { "coalesce(" } else { "not coalesce(" });
            sql.push(time).push(" >= ").push_bind(midnight(span.first));
            sql.push(" and ").push(time).push(" < ").push_bind(midnight(span.end)).push(", false)")
        }
        DateTest::After(span) => sql.push(time).push(" >= ").push_bind(midnight(span.end)),
        DateTest::Before(span) => sql.push(time).push(" < ").push_bind(midnight(span.first)),
        DateTest::LastDays(days) => sql.push(time).push(" > ").push_bind(now - TimeDelta::days(days.into())),
    };
}

fn plays(sql: &mut QueryBuilder<Postgres>, test: NumberTest) {
    match test {
        NumberTest::Over(_) => number(sql, "l.play_count", test),
        NumberTest::Is(_) | NumberTest::IsNot(_) | NumberTest::Under(_) => {
            number(sql, "coalesce(l.play_count, 0)", test);
        }
    }
}

fn number(sql: &mut QueryBuilder<Postgres>, what: &'static str, test: NumberTest) {
    let (op, number) = match test {
        NumberTest::Is(number) => (" = ", number),
        NumberTest::IsNot(number) => (" <> ", number),
        NumberTest::Over(number) => (" > ", number),
        NumberTest::Under(number) => (" < ", number),
    };
    sql.push(what).push(op).push_bind(number);
}
