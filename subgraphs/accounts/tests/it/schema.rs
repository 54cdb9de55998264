//! The committed schema is the one that the code makes. With `UPDATE=1` it is written, without building the binary.

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/accounts.graphql");

#[test]
fn the_committed_schema_is_the_one_that_the_code_makes() {
    let made = polyphony_accounts::graphql::sdl();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(COMMITTED, &made).unwrap();
    }
    assert!(
        made == std::fs::read_to_string(COMMITTED).unwrap(),
        "schema/accounts.graphql is out of date: run `cargo xtask schema`"
    );
}
