//! `@rateLimit`: which of the router's buckets a root field is counted in. It stands at the field, so that whoever writes a new
//! mutation sees it, survives composition, and is read by the router from the composed schema.

use async_graphql::{Context, TypeDirective};

/// Header of a subgraph's answer that reports to the router that somebody was signed in, so that it refunds what it has
/// counted as a guess. The router does not pass it on.
pub const LOGIN_OUTCOME_HEADER: &str = "x-login-outcome";

/// Reports to the router that this operation has signed somebody in.
pub fn report_login(ctx: &Context<'_>) {
    ctx.insert_http_header(LOGIN_OUTCOME_HEADER, "ok");
}

/// Counts each use of this root field in a bucket of the router, which knows its rate by name (`RATE_LIMIT_…`); a bucket that
/// the router does not know is a small one. `key` says what has a bucket of its own, in words separated by spaces: `ADDRESS`
/// (the client's network), `CALLER` (who is signed in, else the network), or the path of an argument, like `input.email`.
#[TypeDirective(
    location = "FieldDefinition",
    name = "rateLimit",
    repeatable,
    composable = "https://specs.polyphony.example/edge/v1.0"
)]
pub fn RateLimit(bucket: String, key: String) {}
