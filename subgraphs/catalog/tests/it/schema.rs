//! The committed schema.

use polyphony_kit::schema::sdl;

#[test]
fn the_committed_schema_is_what_the_code_says() {
    let committed = include_str!("../../../../schema/catalog.graphql");
    assert!(sdl(&polyphony_catalog::graphql::schema(None)) == committed, "run `cargo xtask schema`");
}
