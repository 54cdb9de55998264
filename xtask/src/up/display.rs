//! Progress on the terminal: a spinner per step for people, plain lines for logs and scripts.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A step that is under way. It must be ended by `done` or `failed`.
pub(crate) struct Step {
    name: String,
    started: Instant,
    spinner: Option<ProgressBar>,
}

/// Shows that a step begins.
pub(crate) fn step(name: &str) -> Step {
    let spinner = std::io::stderr().is_terminal().then(|| {
        let spinner = ProgressBar::new_spinner().with_message(name.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    });
    Step { name: name.to_owned(), started: Instant::now(), spinner }
}

/// Shows that a step begins whose programs write to the terminal themselves, so that nothing may be drawn meanwhile.
pub(crate) fn loud_step(name: &str) -> Step {
    eprintln!("- {name}");
    Step { name: name.to_owned(), started: Instant::now(), spinner: None }
}

impl Step {
    pub(crate) fn done(self) {
        self.end('✓', "");
    }

    pub(crate) fn failed(self) {
        self.end('✗', " failed");
    }

    /// Ends the step well or badly, as the result says.
    pub(crate) fn end_with<T, E>(self, result: Result<T, E>) -> Result<T, E> {
        if result.is_ok() {
            self.done();
        } else {
            self.failed();
        }
        result
    }

    fn end(self, mark: char, how: &str) {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
        eprintln!("{mark} {}{how} ({:.1} s)", self.name, self.started.elapsed().as_secs_f64());
    }
}
