//! GraphQL over HTTP as its own audits ask for it (npm `graphql-http`), in both modes, and over WebSocket as npm `graphql-ws` speaks
//! it. npm has to be there: `cargo xtask test` installs it.

use std::{fs, path::Path};

use polyphony_router_it::router::Platform;
use serde_json::{Value, json};
use tokio::process::Command;

const TOOL: [(&str, &str); 4] = [
    ("package.json", include_str!("../../audit/package.json")),
    ("package-lock.json", include_str!("../../audit/package-lock.json")),
    ("audit.mjs", include_str!("../../audit/audit.mjs")),
    ("socket.mjs", include_str!("../../audit/socket.mjs")),
];

#[tokio::test]
async fn the_audits_of_graphql_over_http_find_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    install(folder.path()).await;
    for environment in ["development", "production"] {
        let platform = Platform::start_with(&[("POLYPHONY_ENV", environment)]).await;
        let audit = Command::new("node")
            .args(["audit.mjs", &platform.router.url("/graphql")])
            .current_dir(folder.path())
            .kill_on_drop(true)
            .output();
        let output = audit.await.expect("node starts");
        let audits: Vec<Value> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        assert!(audits.len() > 50, "{} audits", audits.len());
        let (passed, others): (Vec<_>, Vec<_>) = audits.iter().partition(|audit| audit["status"] == "ok");
        // What the others are, is a recommendation, not a rule.
        println!("{environment}: {} of {} audits pass; the others: {others:#?}", passed.len(), audits.len());
        assert!(others.iter().all(|audit| audit["status"] != "error"), "{environment}: {others:#?}");
    }
}

/// The client that most web applications have goes on after its first access token has ended: it opens another socket with the next
/// one, or shows that on the living socket.
#[tokio::test]
async fn npm_graphql_ws_goes_on_after_the_end_of_a_token() {
    let folder = tempfile::tempdir().expect("a folder");
    install(folder.path()).await;
    let platform = Platform::start().await;
    let subscribe = async |mode: &str| -> Value {
        let url = format!("ws://{}/graphql", platform.router.address);
        let query = r#"subscription { heard(name: "accept", every: 50) { count } }"#;
        let (first, second) = (platform.key.token_for("usr_1", 3), platform.key.token("usr_1"));
        let client = Command::new("node")
            .args(["socket.mjs", &url, mode, query, &first, &second, "14"])
            .current_dir(folder.path())
            .kill_on_drop(true)
            .output();
        let output = client.await.expect("node starts");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    let (again, living) = tokio::join!(subscribe("reconnect"), subscribe("ping"));
    assert_eq!((&again["opened"], &again["closed"]), (&json!(2), &json!([4498])), "{again}");
    assert_eq!((&living["opened"], &living["closed"]), (&json!(1), &json!([])), "{living}");
    assert!(living["authorized"]["authorization"]["expiresInMs"].is_u64(), "{living}");
    for client in [again, living] {
        assert!(
            client["ended"].is_null() && client["quietForMs"].as_u64().is_some_and(|quiet| quiet < 1_000),
            "{client}"
        );
    }
}

/// Fetches the audits, as the lock file says.
async fn install(folder: &Path) {
    for (name, text) in TOOL {
        fs::write(folder.join(name), text).expect("the folder can be written to");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]).current_dir(folder);
    let is_done = npm.status().await.is_ok_and(|status| status.success());
    assert!(is_done, "npm cannot install the audits; `cargo xtask prepare` installs npm");
}
