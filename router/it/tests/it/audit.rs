//! GraphQL over HTTP as its own audits ask for it (npm `graphql-http`), in both modes. Without npm it says so and passes.

use std::{fs, path::Path};

use polyphony_router_it::router::Platform;
use serde_json::Value;
use tokio::process::Command;

const TOOL: [(&str, &str); 3] = [
    ("package.json", include_str!("../../audit/package.json")),
    ("package-lock.json", include_str!("../../audit/package-lock.json")),
    ("audit.mjs", include_str!("../../audit/audit.mjs")),
];

#[tokio::test]
async fn the_audits_of_graphql_over_http_find_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    if !install(folder.path()).await {
        eprintln!("\n*** SKIPPED: npm could not fetch graphql-http, so nothing was audited ***\n");
        return;
    }
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

/// Fetches the audits, as the lock file says.
async fn install(folder: &Path) -> bool {
    for (name, text) in TOOL {
        fs::write(folder.join(name), text).expect("the folder can be written to");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]).current_dir(folder);
    npm.status().await.is_ok_and(|status| status.success())
}
