//! Forward decay: what happens later is given more weight, so that what was weighed before need not be touched.
//! <https://dimacs.rutgers.edu/~graham/pubs/papers/fwddecay.pdf>

use chrono::{DateTime, Utc};

/// After so many days something weighs half of what is new.
const HALF_LIFE_DAYS: f64 = 90.0;
/// When something weighed one: the first day of 2025.
const ORIGIN: i64 = 1_735_689_600;

/// What something that happens at this time weighs. It doubles with each half-life; a double holds 250 years of it.
pub fn weight_at(at: DateTime<Utc>) -> f64 {
    let days = (at.timestamp() - ORIGIN) as f64 / 86_400.0;
    (days / HALF_LIFE_DAYS).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_half_life_older_weighs_half() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert!((weight_at(at(ORIGIN)) - 1.0).abs() < 1e-9);
        let (old, new) = (weight_at(at(ORIGIN + 400 * 86_400)), weight_at(at(ORIGIN + 490 * 86_400)));
        assert!((new / old - 2.0).abs() < 1e-9);
    }
}
