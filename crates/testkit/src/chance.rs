//! What is left to chance in a test, so that it can be had again.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Makes random values from the number in the variable `SEED`, or else from `seed`; says which, so that a run that failed
/// can be repeated.
///
/// # Panics
/// When `SEED` is no number.
pub fn runner(seed: u64) -> TestRunner {
    let seed = std::env::var("SEED").map_or(seed, |text| text.parse().expect("SEED is a number"));
    println!("to repeat this run: SEED={seed}");
    let bytes: Vec<_> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
