//! Has cargo embed the web player anew when it was built anew. It must not build it: that needs Node.js.

use std::{env, path::Path};

const BUILT: &str = "../../web/dist";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Without optimisation the files are read when they are asked for, and nothing is embedded. A folder that is not there yet is
    // not watched: cargo would run this again and again.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") && Path::new(BUILT).is_dir() {
        println!("cargo:rerun-if-changed={BUILT}");
    }
}
