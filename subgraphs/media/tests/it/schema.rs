//! The committed schema is the one that the code makes.

#[test]
fn the_committed_schema_is_the_one_that_the_code_makes() {
    let committed = include_str!("../../../../schema/media.graphql");
    assert!(
        polyphony_media::graphql::sdl() == committed,
        "schema/media.graphql is out of date: run `cargo xtask schema`"
    );
}
