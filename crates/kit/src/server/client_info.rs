//! What the router tells about the client.

use axum::http::HeaderMap;

use super::text;

/// In which the router tells how much the client may still ask for.
const BUDGET_HEADER: &str = "x-request-budget";

/// What the router tells about the client, for the list of sessions, the security log and `viewer.rateLimit`.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// The client's address as the router saw it.
    pub address: Option<String>,
    /// The client's user agent.
    pub user_agent: Option<String>,
    /// How much the client may still ask for.
    pub budget: Option<Budget>,
}

/// How much a client may still ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests at once, when the budget is whole.
    pub limit: u32,
    /// Requests that are left.
    pub remaining: u32,
    /// Milliseconds until the budget is whole again.
    pub whole_in_ms: u32,
}

impl Budget {
    /// Reads the router's `limit remaining milliseconds`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { limit: next()?, remaining: next()?, whole_in_ms: next()? })
    }
}

impl ClientInfo {
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let address = text(headers, "x-forwarded-for").and_then(|list| list.rsplit(',').next());
        let address = address.map(|address| address.trim().chars().take(64).collect());
        let user_agent = text(headers, "user-agent").map(|agent| agent.chars().take(256).collect());
        let budget = text(headers, BUDGET_HEADER).and_then(Budget::parse);
        Self { address, user_agent, budget }
    }
}
