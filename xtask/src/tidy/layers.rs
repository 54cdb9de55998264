//! The arrows between the layers of a subgraph: which layer may know which library and which other layer.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::sources::Source;

/// What a layer may not mention, and why.
struct Ban {
    layers: &'static [&'static str],
    pattern: &'static LazyLock<Regex>,
    reason: &'static str,
}

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("the pattern is valid"));
    };
}

pattern!(GRAPHQL_LIBRARY, r"\basync_graphql(_axum)?\b");
// Its `From` turns any error into text for the client. Clippy cannot forbid it: the library's macros write it.
pattern!(GRAPHQL_ERROR, r"\basync_graphql::(Error|Result)\b");
pattern!(DATALOADER, r"\basync_graphql::dataloader\b");
pattern!(SQL_LIBRARY, r"\bsqlx\b");
pattern!(SQL_QUERY, r"\bsqlx::(query\w*|QueryBuilder|raw_sql)\b|\bquery(_as|_scalar)?!\(");
pattern!(IMPURE, r"\basync fn\b|\.await\b|\b(tokio|axum|reqwest|redis|rdkafka|aws_sdk_s3)::|\bstd::(fs|net|process)\b");
pattern!(TO_COMMANDS, r"\bcrate::commands\b");
pattern!(TO_STORE, r"\bcrate::store\b");
pattern!(TO_GRAPHQL, r"\bcrate::graphql\b");
pattern!(TO_CONSUMERS, r"\bcrate::consumers\b");

const BANS: [Ban; 9] = [
    Ban {
        layers: &["domain", "graphql"],
        pattern: &SQL_LIBRARY,
        reason: "sqlx belongs to store/ (and a transaction to commands/)",
    },
    Ban {
        layers: &["commands", "consumers", "app", "config", "worker"],
        pattern: &SQL_QUERY,
        reason: "queries belong to store/; here a transaction is only held and passed on",
    },
    Ban { layers: &["domain"], pattern: &IMPURE, reason: "domain/ is pure: no async, no input or output" },
    Ban { layers: &["domain", "store"], pattern: &TO_COMMANDS, reason: "domain/ and store/ are below commands/" },
    Ban { layers: &["domain"], pattern: &TO_STORE, reason: "domain/ is below store/" },
    Ban {
        layers: &["domain", "store", "commands", "consumers"],
        pattern: &TO_GRAPHQL,
        reason: "nothing but the app is above graphql/",
    },
    Ban {
        layers: &["domain", "store", "commands", "graphql"],
        pattern: &TO_CONSUMERS,
        reason: "nothing but the app is above consumers/",
    },
    Ban {
        layers: &["domain", "commands", "consumers"],
        pattern: &GRAPHQL_LIBRARY,
        reason: "async_graphql belongs to graphql/",
    },
    Ban { layers: &["graphql"], pattern: &GRAPHQL_ERROR, reason: "a resolver fails with kit::Error" },
];

/// The broken arrows of a file; none for files that are not of a subgraph.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Some(layer) = layer(&source.path) else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, code) in source.code() {
        let mut report = |what: &str| {
            findings.push(Finding { file: source.path.clone(), line, what: what.to_owned() });
        };
        for ban in BANS.iter().filter(|ban| ban.layers.contains(&layer) && ban.pattern.is_match(code)) {
            report(ban.reason);
        }
        if layer == "store" && GRAPHQL_LIBRARY.is_match(code) && !DATALOADER.is_match(code) {
            report("store/ may know async_graphql::dataloader and nothing else of async_graphql");
        }
    }
    findings
}

/// The layer of a file: the first folder or file below the `src` of a subgraph.
fn layer(path: &str) -> Option<&str> {
    let (_, below) = path.strip_prefix("subgraphs/")?.split_once("/src/")?;
    let first = below.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        check(&source).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_domain_type_must_not_wait() {
        let found = findings("subgraphs/catalog/src/domain/album.rs", "pub async fn publish() {}");
        assert_eq!(found, ["domain/ is pure: no async, no input or output"]);
    }

    #[test]
    fn a_command_may_hold_a_transaction_and_not_query() {
        let path = "subgraphs/catalog/src/commands/publish_album.rs";
        assert!(findings(path, "use sqlx::{Postgres, Transaction};").is_empty());
        assert_eq!(findings(path, "sqlx::query!(\"select 1\")").len(), 1);
    }

    #[test]
    fn a_store_may_load_in_batches_and_not_answer_graphql() {
        let path = "subgraphs/catalog/src/store/album.rs";
        assert!(findings(path, "use async_graphql::dataloader::Loader;").is_empty());
        assert_eq!(findings(path, "use async_graphql::Object;").len(), 1);
    }

    #[test]
    fn layers_above_are_not_known_below() {
        let found = findings("subgraphs/media/src/store.rs", "use crate::commands::complete_upload;");
        assert_eq!(found, ["domain/ and store/ are below commands/"]);
        assert!(findings("subgraphs/media/src/app.rs", "use crate::graphql;").is_empty());
    }

    #[test]
    fn other_crates_have_no_layers() {
        assert!(findings("crates/kit/src/outbox.rs", "sqlx::query!(\"select 1\")").is_empty());
    }
}
