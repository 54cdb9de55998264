//! Checks the queries of this crate against the composed schema: what the schema does not have does not compile.

fn main() {
    let schema = std::env::var("POLYPHONY_SCHEMA").unwrap_or_else(|_| "../schema/supergraph.graphql".to_owned());
    println!("cargo::rerun-if-env-changed=POLYPHONY_SCHEMA");
    cynic_codegen::register_schema("polyphony")
        .from_sdl_file(schema)
        .and_then(cynic_codegen::registration::SchemaRegistration::as_default)
        .expect("schema/supergraph.graphql is a schema; `cargo xtask schema` makes it");
}
