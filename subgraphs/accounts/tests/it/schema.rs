//! The committed schema is the one that the code makes.

#[test]
fn the_committed_schema_is_the_one_that_the_code_makes() {
    let committed = include_str!("../../../../schema/accounts.graphql");
    assert!(
        polyphony_accounts::graphql::sdl() == committed,
        "schema/accounts.graphql is out of date: run `cargo xtask schema`"
    );
}
