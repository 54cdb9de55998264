//! The committed schema is the one that the code makes (with `UPDATE=1` it is written, without building the binary), and says of
//! every door that can be tried how often it may be.

use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, TypeKind, TypeSystemDefinition},
};

/// What somebody has to know, as arguments call it: who may try any number of them finds one.
const SECRETS: [&str; 6] = ["password", "token", "secret", "code", "verifier", "challenge"];

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

#[test]
fn whatever_whoever_is_not_signed_in_may_do_is_rate_limited() {
    let mutations = fields_of("Mutation");
    assert!(mutations.iter().any(|field| is(field, "login") && !has(field, "authenticated")));
    for field in mutations.iter().filter(|field| !has(field, "authenticated")) {
        assert!(has(field, "rateLimit"), "{} is open to everybody and says no @rateLimit", field.name.node);
    }
}

#[test]
fn whatever_can_be_guessed_at_is_rate_limited() {
    let mut guessed = Vec::new();
    for field in [fields_of("Mutation"), fields_of("Query")].concat() {
        if takes_a_secret(&field) {
            assert!(has(&field, "rateLimit"), "{} takes a secret and says no @rateLimit", field.name.node);
            guessed.push(field.name.node.to_string());
        }
    }
    for name in ["login", "changePassword", "deleteAccount", "resetPassword", "verifyEmail"] {
        assert!(guessed.iter().any(|guessed| guessed == name), "{name} takes no secret?");
    }
}

fn definitions() -> Vec<TypeSystemDefinition> {
    parse_schema(polyphony_accounts::graphql::sdl()).expect("the exported schema").definitions
}

fn fields_of(object: &str) -> Vec<FieldDefinition> {
    let fields = definitions().into_iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(found) if found.node.name.node == object => match found.node.kind {
            TypeKind::Object(found) => Some(found.fields),
            _ => None,
        },
        _ => None,
    });
    fields.expect("the type").into_iter().map(|field| field.node).collect()
}

fn is(field: &FieldDefinition, name: &str) -> bool {
    field.name.node == name
}

fn has(field: &FieldDefinition, directive: &str) -> bool {
    field.directives.iter().any(|found| found.node.name.node == directive)
}

/// Whether an argument of this field, or of its input object, is named like a secret.
fn takes_a_secret(field: &FieldDefinition) -> bool {
    let inputs = definitions();
    let named = |kind: &str| {
        inputs.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == kind => match &found.node.kind {
                TypeKind::InputObject(input) => Some(&input.fields),
                _ => None,
            },
            _ => None,
        })
    };
    let is_secret = |name: &str| SECRETS.iter().any(|secret| name.to_lowercase().ends_with(secret));
    field.arguments.iter().any(|argument| {
        let kind = argument.node.ty.node.to_string();
        let fields = named(kind.trim_end_matches('!')).into_iter().flatten();
        is_secret(&argument.node.name.node) || fields.into_iter().any(|field| is_secret(&field.node.name.node))
    })
}
