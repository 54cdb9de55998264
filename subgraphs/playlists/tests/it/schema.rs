//! The committed schema is the one in the code.

use polyphony_playlists::graphql;

#[test]
fn the_committed_schema_is_the_one_in_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/playlists.graphql");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let code = polyphony_kit::schema::sdl(&graphql::schema(None));
    assert!(committed == code, "the schema has changed: run `cargo xtask schema`");
}
