//! Counts the SQL statements that GraphQL requests cost, as `graphql_sql_statements_total`: sqlx writes an event for each.
//! Statements of consumers, relays and live subscriptions come by themselves and do not count.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

/// The target of sqlx's events.
const STATEMENT: &str = "sqlx::query";
/// Where the spans of requests are made.
const SERVER: &str = "polyphony_kit::server";
/// The span of an HTTP request.
const REQUEST: &str = "request";
/// The span of a socket, which is opened within one.
const SOCKET: &str = "websocket";

/// Counts statements within requests.
pub(crate) struct Counter;

/// What the counter has to see: statements, and the spans of the server.
pub(crate) fn filter() -> Targets {
    Targets::new().with_target(STATEMENT, Level::DEBUG).with_target(SERVER, Level::INFO)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        if event.metadata().target() != STATEMENT {
            return;
        }
        let spans: Vec<_> = ctx.event_scope(event).into_iter().flatten().map(|span| span.name()).collect();
        if spans.contains(&REQUEST) && !spans.contains(&SOCKET) {
            metrics::counter!("graphql_sql_statements_total").increment(1);
        }
    }
}
