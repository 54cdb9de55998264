//! Deleting what is over.

use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn a_table_that_cannot_be_pruned_keeps_no_other_from_it(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    sqlx::query("alter table refresh_tokens rename to elsewhere").execute(&t.pool).await.unwrap();
    let round = t.app.store.prune(t.app.clock.now() + chrono::TimeDelta::days(40)).await;
    let failed: Vec<_> = round.iter().filter(|pruned| pruned.error.is_some()).map(|pruned| pruned.table).collect();
    assert_eq!(failed, ["refresh_tokens"; 2]);
    let left: i64 = sqlx::query_scalar("select (select count(*) from sessions) + (select count(*) from sent_tokens)")
        .fetch_one(&t.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrations = false)]
async fn a_round_is_bounded_and_says_what_it_leaves(pool: PgPool) {
    let t = TestApp::new(pool).await;
    sqlx::query(
        "insert into revocations (subject, created_at)
            select 'ses_' || n, now() - interval '1 day' from generate_series(1, 50500) n",
    )
    .execute(&t.pool)
    .await
    .unwrap();
    let revocations = async || {
        let mut round = t.app.store.prune(t.app.clock.now()).await;
        let at = round.iter().position(|pruned| pruned.table == "revocations").unwrap();
        let pruned = round.swap_remove(at);
        (pruned.rows, pruned.has_more)
    };
    assert_eq!(revocations().await, (50_000, true));
    assert_eq!(revocations().await, (500, false));
}
