//! Checks the queries of this crate against the composed schema: what the schema does not have does not compile.

fn main() {
    cynic_codegen::register_schema("polyphony")
        .from_sdl_file("../schema/supergraph.graphql")
        .and_then(cynic_codegen::registration::SchemaRegistration::as_default)
        .expect("schema/supergraph.graphql is a schema; `cargo xtask schema` makes it");
}
