//! The committed schema.

use polyphony_accounts::graphql;
use polyphony_kit::schema::sdl;

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let committed = include_str!("../../../../schema/accounts.graphql");
    assert!(sdl(&graphql::schema(None)) == committed, "write schema/accounts.graphql again: cargo xtask schema");
}
