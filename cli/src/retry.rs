//! Trying again what fails for a moment: with growing waits, and not for ever.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

use crate::error::ApiError;

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Runs `work` until it succeeds, fails for good, or has failed for longer than `budget`.
pub(crate) async fn retrying<T, F>(budget: Duration, mut work: impl FnMut() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let give_up = Instant::now() + budget;
    let mut wait = FIRST_WAIT;
    loop {
        let error = match work().await {
            Err(error) if error.is_transient() => error,
            done => return done,
        };
        let pause = match &error {
            ApiError::RateLimited { retry_after } => wait.max(*retry_after),
            _ => jittered(wait),
        };
        if Instant::now() + pause > give_up {
            return Err(error);
        }
        sleep(pause).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Between half of the wait and all of it, so that many clients do not come back at the same moment.
pub(crate) fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn away() -> ApiError {
        ApiError::Unreachable { server: "http://example.org".into(), reason: "refused".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_comes_back_is_asked_again() {
        let asked = Cell::new(0);
        let answer = retrying(Duration::from_mins(1), || {
            asked.set(asked.get() + 1);
            let answer = if asked.get() < 4 { Err(away()) } else { Ok(7) };
            async { answer }
        });
        assert_eq!(answer.await.unwrap(), 7);
        assert_eq!(asked.get(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stays_away_is_given_up() {
        let started = Instant::now();
        let answer: Result<(), _> = retrying(Duration::from_mins(1), || async { Err(away()) }).await;
        assert!(answer.is_err() && started.elapsed() <= Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_final() {
        let asked = Cell::new(0);
        let answer: Result<(), _> = retrying(Duration::from_mins(1), || {
            asked.set(asked.get() + 1);
            async { Err(ApiError::Forbidden { message: "no".to_owned() }) }
        })
        .await;
        assert!(answer.is_err() && asked.get() == 1);
    }
}
