//! Idempotency keys answer the first result again.

use chrono::{DateTime, TimeDelta};
use polyphony_kit::{
    Clock, UserId,
    idempotency::{self, Claim, Key},
};
use sqlx::PgPool;

#[sqlx::test(migrations = false)]
async fn the_same_key_answers_the_first_result_and_other_input_is_refused(pool: PgPool) {
    crate::plumb(&pool).await;
    let clock = Clock::standing_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let user = UserId::new();
    let key = Key::new(user, "k", "createThing", &"a").unwrap();
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(key.claim::<i32>(&mut tx, &clock).await.unwrap(), Claim::Fresh);
    key.record(&mut tx, &clock, &7).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = pool.begin().await.unwrap();
    assert_eq!(key.claim::<i32>(&mut tx, &clock).await.unwrap(), Claim::Replay(7));
    let other = Key::new(user, "k", "createThing", &"b").unwrap();
    assert_eq!(other.claim::<i32>(&mut tx, &clock).await.unwrap(), Claim::Reused);
    let stranger = Key::new(UserId::new(), "k", "createThing", &"a").unwrap();
    assert_eq!(stranger.claim::<i32>(&mut tx, &clock).await.unwrap(), Claim::Fresh);
    clock.advance(TimeDelta::hours(25));
    assert_eq!(key.claim::<i32>(&mut tx, &clock).await.unwrap(), Claim::Fresh);
}

#[sqlx::test(migrations = false)]
async fn keys_that_nothing_is_answered_by_any_more_are_forgotten(pool: PgPool) {
    crate::plumb(&pool).await;
    let clock = Clock::standing_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let user = UserId::new();
    let mut connection = pool.acquire().await.unwrap();
    let key = |text| Key::new(user, text, "createThing", &"a").unwrap();
    key("old").record(&mut connection, &clock, &1).await.unwrap();
    clock.advance(TimeDelta::hours(23));
    key("new").record(&mut connection, &clock, &2).await.unwrap();
    assert_eq!(idempotency::prune(&pool, &clock).await.unwrap(), 0);
    clock.advance(TimeDelta::hours(2));
    assert_eq!(idempotency::prune(&pool, &clock).await.unwrap(), 1);
    assert_eq!(key("new").claim::<i32>(&mut connection, &clock).await.unwrap(), Claim::Replay(2));
}

#[test]
fn keys_have_1_to_255_characters() {
    for key in [String::new(), "k".repeat(256), "a\0b".to_owned()] {
        assert!(Key::new(UserId::new(), &key, "createThing", &()).is_err());
    }
    assert!(Key::new(UserId::new(), &"k".repeat(255), "createThing", &()).is_ok());
}
