//! Trading refresh tokens.

use std::collections::HashSet;

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, codes, person};

async fn live_tokens(t: &TestApp) -> i64 {
    sqlx::query_scalar(
        "select count(*) from refresh_tokens r join sessions s on s.id = r.session_id
            where r.used_at is null and s.ended_at is null",
    )
    .fetch_one(&t.pool)
    .await
    .unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_refresh_token_gives_the_next_tokens_of_the_same_session(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    t.wait(60);
    let next = person(&t.refresh(&nina.refresh).await);
    assert_ne!(next.refresh, nina.refresh);
    let seen = t.query(Some(&next.access), "{ viewer { id sessions { createdAt lastSeenAt } } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], json!(nina.viewer));
    let sessions = seen["viewer"]["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1);
    assert_ne!(sessions[0]["createdAt"], sessions[0]["lastSeenAt"]);
    assert_eq!(live_tokens(&t).await, 1);
}

#[sqlx::test(migrations = false)]
async fn a_client_whose_answer_was_lost_gets_it_again_however_late(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let lost = person(&t.refresh(&nina.refresh).await);
    for pause in [9, 60, 7 * 86_400] {
        t.wait(pause);
        let again = person(&t.refresh(&nina.refresh).await);
        assert_eq!(again.refresh, lost.refresh, "after {pause} s");
    }
    person(&t.refresh(&lost.refresh).await);
    assert_eq!(t.events().await, []);
    assert_eq!(live_tokens(&t).await, 1);
}

#[sqlx::test(migrations = false)]
async fn a_token_that_comes_back_after_its_successor_was_used_ends_the_session(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let next = person(&t.refresh(&nina.refresh).await);
    let third = person(&t.refresh(&next.refresh).await);
    t.wait(10);
    assert_eq!(codes(&t.refresh(&nina.refresh).await), ["TOKEN_REUSED"]);
    assert_eq!(codes(&t.refresh(&third.refresh).await), ["INVALID_TOKEN"]);
    let events = t.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0.as_str(), &events[0].1["user_id"]), ("SessionRevoked", &json!(nina.id)));
}

#[sqlx::test(migrations = false)]
async fn old_generations_are_deleted_after_a_day_and_the_last_two_are_not(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let mut tokens = vec![nina.refresh];
    for _ in 0..5 {
        t.wait(600);
        tokens.push(person(&t.refresh(tokens.last().unwrap()).await).refresh);
    }
    let generations = || async {
        let query = "select generation from refresh_tokens order by generation";
        sqlx::query_scalar::<_, i64>(query).fetch_all(&t.pool).await.unwrap()
    };
    t.app.store.prune(t.app.clock.now()).await;
    assert_eq!(generations().await, [0, 1, 2, 3, 4, 5], "a stolen token is known for a day");
    t.wait(86_400 + 1);
    t.app.store.prune(t.app.clock.now()).await;
    assert_eq!(generations().await, [4, 5]);
    assert_eq!(codes(&t.refresh(&tokens[0]).await), ["INVALID_TOKEN"]);
    // A lost answer is still given again, and the session goes on.
    assert_eq!(person(&t.refresh(&tokens[4]).await).refresh, tokens[5]);
    person(&t.refresh(&tokens[5]).await);
}

#[sqlx::test(migrations = false)]
async fn a_session_ends_at_last_however_much_it_is_used(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let mut token = t.register("nina").await.refresh;
    for _ in 0..8 {
        t.wait(20 * 86_400);
        token = t.refresh(&token).await["tokens"]["refreshToken"].as_str().unwrap().to_owned();
    }
    t.wait(19 * 86_400);
    let last = t.query(
        None,
        "mutation($t: String!) { refreshTokens(refreshToken: $t) { tokens { refreshToken refreshTokenExpiresAt } } }",
        json!({ "t": token }),
    );
    let tokens = last.await["refreshTokens"]["tokens"].take();
    let ends: chrono::DateTime<chrono::Utc> = tokens["refreshTokenExpiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!((ends - t.app.clock.now()).num_days(), 1, "180 days after it began");
    t.wait(86_400);
    assert_eq!(codes(&t.refresh(tokens["refreshToken"].as_str().unwrap()).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_token_two_generations_old_ends_the_session_at_once(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let first = t.register("nina").await;
    let second = person(&t.refresh(&first.refresh).await);
    let third = person(&t.refresh(&second.refresh).await);
    assert_eq!(codes(&t.refresh(&first.refresh).await), ["TOKEN_REUSED"]);
    assert_eq!(codes(&t.refresh(&third.refresh).await), ["INVALID_TOKEN"]);
    let seen = t.query(Some(&third.access), "{ viewer { id } }", json!({})).await;
    assert_eq!(seen["viewer"], Value::Null);
    assert_eq!(codes(&t.refresh(&first.refresh).await), ["INVALID_TOKEN"]);
    assert_eq!(t.event_types().await, ["SessionRevoked"]);
}

#[sqlx::test(migrations = false)]
async fn a_stolen_token_ends_one_session_and_leaves_the_others(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let phone = t.register("nina").await;
    let laptop = t.sign_in(&phone.email).await;
    let next = person(&t.refresh(&phone.refresh).await);
    person(&t.refresh(&next.refresh).await);
    assert_eq!(codes(&t.refresh(&phone.refresh).await), ["TOKEN_REUSED"]);
    person(&t.refresh(&laptop.refresh).await);
}

#[sqlx::test(migrations = false)]
async fn twenty_at_once_leave_one_live_branch(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let answers = futures::future::join_all((0..20).map(|_| t.refresh(&nina.refresh))).await;
    let given: HashSet<_> = answers.iter().map(|answer| person(answer).refresh).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(live_tokens(&t).await, 1);
    let only = given.iter().next().unwrap();
    person(&t.refresh(only).await);
    assert_eq!(live_tokens(&t).await, 1);
    assert_eq!(t.events().await, []);
}

#[sqlx::test(migrations = false)]
async fn a_session_that_nobody_uses_is_over_after_thirty_days(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    t.wait(29 * 86_400);
    let next = t.refresh(&nina.refresh).await["tokens"]["refreshToken"].as_str().unwrap().to_owned();
    t.wait(30 * 86_400);
    assert_eq!(codes(&t.refresh(&next).await), ["INVALID_TOKEN"]);
    t.app.store.prune(t.app.clock.now() + chrono::TimeDelta::seconds(1)).await;
    let left: i64 =
        sqlx::query_scalar("select (select count(*) from sessions) + (select count(*) from refresh_tokens)")
            .fetch_one(&t.pool)
            .await
            .unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrations = false)]
async fn what_is_no_token_of_ours_is_refused(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    for token in ["", "nonsense", &nina.access, "plyr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(codes(&t.refresh(token).await), ["INVALID_TOKEN"], "{token}");
    }
}
