//! Counts the SQL statements of a piece of work, from the events that sqlx writes for each.
//!
//! The counter is the default subscriber of its thread, so the test must run on a current-thread runtime, as
//! `#[sqlx::test]` and `#[tokio::test]` do.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Event, Subscriber, field::Visit, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

/// Counts from when it is made until it is dropped.
pub struct Statements {
    seen: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

struct Recorder(Arc<Mutex<Vec<String>>>);

struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _ctx: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut summary = Summary(String::new());
            event.record(&mut summary);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(summary.0);
        }
    }
}

impl Statements {
    /// Starts to count on this thread.
    #[expect(clippy::new_without_default, reason = "making one has an effect: it counts")]
    pub fn new() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let guard = tracing_subscriber::registry().with(Recorder(seen.clone())).set_default();
        Self { seen, _guard: guard }
    }

    /// What was executed so far, in order, shortened by sqlx.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many statements were executed so far.
    pub fn count(&self) -> usize {
        self.seen().len()
    }
}
