//! Nothing. hive-router pins this crate without using it, and what it pins needs a newer toolchain than ours: see ARCHITECTURE,
//! "Choices". If a release of hive-router did use it, the router would not build.
