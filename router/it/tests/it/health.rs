//! What a supervisor sees of the router.

use std::{sync::atomic::Ordering, time::Duration};

use futures::future::join_all;
use polyphony_router_it::{
    router::{Platform, Router},
    subgraphs::{Accounts, catalog},
    tokens::Key,
};
use serde_json::Value;

async fn status(router: &Router, path: &str) -> u16 {
    reqwest::get(router.operations_url(path)).await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_ready_router_stays_ready_without_a_subgraph() {
    let mut platform = Platform::start().await;
    assert_eq!(status(&platform.router, "/health/live").await, 200);
    platform.catalog.take();
    // What was found out within the last second is not asked again.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let report = reqwest::get(platform.router.operations_url("/health/ready")).await.expect("an answer");
    assert_eq!(report.status(), 200);
    let report: Value = report.json().await.expect("a report");
    assert_eq!((&report["subgraphs"]["accounts"], &report["subgraphs"]["catalog"]), (&"up".into(), &"down".into()));
    assert_eq!(status(&platform.router, "/nothing").await, 404);
}

#[tokio::test]
async fn a_router_without_keys_lives_but_is_not_ready() {
    let accounts = Accounts::default();
    let running = accounts.serve().await;
    let catalog = catalog().await;
    let router = Router::start(&running, &catalog, &[]);
    while reqwest::get(router.operations_url("/health/live")).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status(&router, "/health/ready").await, 503);
    let token = Key::new("k1", 7).token("usr_1");
    let answer = router.post("{ person { name } }").bearer_auth(token).send().await.expect("an answer");
    assert_eq!(answer.status(), 503);
    accounts.publish(&Key::new("k1", 7));
    router.ready().await;
}

#[tokio::test]
async fn metrics_are_told_to_prometheus() {
    let platform = Platform::start().await;
    platform.router.query("{ person { name } }").await;
    let metrics =
        reqwest::get(platform.router.operations_url("/metrics")).await.expect("an answer").text().await.expect("text");
    assert!(metrics.contains("http_server_request_duration"), "{metrics}");
}

#[tokio::test]
async fn the_public_port_serves_nothing_of_operations() {
    let platform = Platform::start().await;
    for path in ["/metrics", "/health/live", "/health/ready", "/health", "/readiness"] {
        let answer = reqwest::get(platform.router.url(path)).await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn names_that_clients_choose_are_no_labels() {
    let platform = Platform::start().await;
    platform.router.query("query ChosenByAClient { person { name } }").await;
    let metrics = reqwest::get(platform.router.operations_url("/metrics")).await.expect("an answer");
    let metrics = metrics.text().await.expect("text");
    assert!(metrics.contains("graphql_operation_type") && !metrics.contains("ChosenByAClient"), "{metrics}");
}

#[tokio::test]
async fn however_many_ask_whether_it_is_ready_subgraphs_are_asked_once_a_second() {
    let platform = Platform::start().await;
    let before = platform.accounts.probes.load(Ordering::SeqCst);
    let statuses = join_all((0..200).map(|_| status(&platform.router, "/health/ready"))).await;
    assert!(statuses.iter().all(|status| *status == 200));
    let probes = platform.accounts.probes.load(Ordering::SeqCst) - before;
    assert!(probes <= 3, "{probes} probes");
}
