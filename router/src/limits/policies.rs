//! What each bucket allows, by its name in `@rateLimit`, and what happens to whoever takes too much.

use std::collections::HashMap;

use super::{Directives, Limit, Rate};
use crate::config::{Environment, RateLimits};

/// On a developer's machine all clients share one address.
const DEVELOPMENT_ADDRESS_SHARE: u32 = 30;
/// And one developer signs in over and over again.
const DEVELOPMENT_ACCOUNT_SHARE: u32 = 6;

/// What a bucket allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) limit: Limit,
    pub(super) on_excess: OnExcess,
    /// Whether what was taken is put back when somebody has signed in: it was no guess.
    pub(super) is_refundable: bool,
}

/// What happens to a request for which there is not enough in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnExcess {
    /// It is refused: for buckets that only the client itself takes from.
    Refuse,
    /// It is delayed: for buckets that everybody takes from, so that nobody can lock out somebody else.
    Delay,
}

/// What is allowed.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    /// All operations of a person.
    pub(super) user: Limit,
    /// All operations with an API key.
    pub(super) key: Limit,
    /// All operations of a network of people who are not signed in.
    pub(super) address: Limit,
    /// WebSockets that a network opens.
    pub(super) socket: Limit,
    /// Files of the web player that a network fetches.
    pub(super) file: Limit,
    /// API keys of a network that accounts has to be asked about.
    pub(super) key_exchange: Limit,
    named: HashMap<&'static str, Policy>,
    other: Policy,
}

impl Policies {
    /// As configured.
    pub(super) fn new(config: &RateLimits, environment: Environment) -> Self {
        let development = environment == Environment::Development;
        let scaled = |given: Option<Limit>, per_minute, burst, share| {
            let rate = Rate { per_minute, burst };
            given.unwrap_or(Limit(Some(if development { rate.times(share) } else { rate })))
        };
        let by_address = |given, per_minute, burst| scaled(given, per_minute, burst, DEVELOPMENT_ADDRESS_SHARE);
        let by_account = |given, per_minute, burst| scaled(given, per_minute, burst, DEVELOPMENT_ACCOUNT_SHARE);
        let refuse = |limit| Policy { limit, on_excess: OnExcess::Refuse, is_refundable: false };
        let delay = |limit| Policy { limit, on_excess: OnExcess::Delay, is_refundable: false };
        let refundable = |policy: Policy| Policy { is_refundable: true, ..policy };

        let account = by_account(config.account, 30, 30);
        let named = HashMap::from([
            ("login", refundable(refuse(by_account(config.login, 10, 10)))),
            ("login_address", refundable(refuse(by_address(config.login_address, 60, 60)))),
            ("login_account", refundable(delay(account))),
            // Not given back: somebody who knows a password opens no more sessions than these.
            ("sign_in", refuse(by_account(config.sign_in, 30, 30))),
            ("code", refuse(by_account(config.code, 10, 10))),
            ("reset", refuse(config.reset)),
            ("reset_account", delay(account)),
            ("register", refuse(by_address(config.register, 20, 20))),
            ("refresh", refuse(by_address(config.refresh, 600, 300))),
            ("token", refuse(by_address(config.token, 60, 60))),
            ("mail", refuse(config.mail)),
            ("password", refuse(config.password)),
            ("create_upload", refuse(config.create_upload)),
            ("join", refuse(config.join)),
            ("data_export", refuse(config.data_export)),
        ]);
        Self {
            user: config.user,
            key: config.key,
            address: by_address(config.address, 1_200, 300),
            socket: by_address(config.socket, 300, 300),
            file: by_address(config.file, 12_000, 3_000),
            key_exchange: by_address(config.key_exchange, 60, 60),
            named,
            other: refuse(config.other),
        }
    }

    /// The policy of the bucket with this name.
    pub(super) fn of(&self, bucket: &str) -> Policy {
        self.named.get(bucket).copied().unwrap_or(self.other)
    }

    /// The buckets that no variable speaks of, each once.
    pub(super) fn unknown<'d>(&self, directives: &'d Directives) -> Vec<&'d str> {
        let mut unknown: Vec<_> = directives.buckets().filter(|bucket| !self.named.contains_key(*bucket)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::Config;

    fn policies(environment: Environment) -> Policies {
        let config = Config::parse_from(["router", "--router-secret", "0123456789abcdef"]);
        Policies::new(&config.rate_limits, environment)
    }

    #[test]
    fn every_bucket_of_the_composed_schema_is_known() {
        let directives = Directives::parse(include_str!("../../../schema/supergraph.graphql")).expect("directives");
        assert!(directives.buckets().any(|bucket| bucket == "login"));
        assert_eq!(policies(Environment::Production).unknown(&directives), Vec::<&str>::new());
    }

    #[test]
    fn a_bucket_that_is_not_known_is_a_small_one() {
        let directives = Directives::parse(r#"type Query { a: Int @rateLimit(bucket: "new", key: "ADDRESS") }"#);
        let policies = policies(Environment::Production);
        assert_eq!(policies.unknown(&directives.expect("directives")), ["new"]);
        let policy = policies.of("new");
        assert_eq!((policy.limit, policy.on_excess), ("5/5".parse().expect("a limit"), OnExcess::Refuse));
    }

    #[test]
    fn an_account_is_never_locked_by_what_others_do() {
        let policies = policies(Environment::Production);
        let shared = ["login_account", "reset_account"];
        assert!(shared.into_iter().all(|bucket| policies.of(bucket).on_excess == OnExcess::Delay));
    }
}
