//! The committed schema is the one that the code makes.

#[test]
fn the_committed_schema_is_the_one_that_the_code_makes() {
    let sdl = polyphony_kit::schema::sdl(&polyphony_media::graphql::schema(None));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/media.graphql");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(sdl == committed, "schema/media.graphql is out of date: run `cargo xtask schema`");
}
