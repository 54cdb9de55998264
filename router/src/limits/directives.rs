//! What the composed schema says of root fields: `@rateLimit(bucket: …, key: …)`, which the subgraphs write beside their
//! resolvers.

use std::collections::HashMap;

use anyhow::{Context, bail};
use hive_router::{
    graphql_tools::parser::{
        parse_schema,
        schema::{Definition, Directive, TypeDefinition, Value},
    },
    query_planner::state::supergraph_state::OperationKind,
};

const DIRECTIVE: &str = "rateLimit";

/// Which buckets each root field is counted in.
#[derive(Debug, Default)]
pub(crate) struct Directives {
    query: Fields,
    mutation: Fields,
    subscription: Fields,
}

type Fields = HashMap<String, Vec<Rule>>;

/// One `@rateLimit` of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// The name of the bucket, which says how fast it fills.
    pub(super) bucket: String,
    /// What has a bucket of its own.
    pub(super) key: Vec<KeyPart>,
}

/// A word of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyPart {
    /// The client's network.
    Address,
    /// Who is signed in, else the client's network.
    Caller,
    /// The value at this path, which begins with the name of an argument.
    Argument(Vec<String>),
}

impl Directives {
    /// Reads a composed schema. One that cannot be read, or says what cannot be counted, is an error: else what was meant to be
    /// limited would not be.
    pub(crate) fn parse(supergraph: &str) -> anyhow::Result<Self> {
        let document = parse_schema::<String>(supergraph).context("parse the composed schema")?;
        let mut directives = Self::default();
        let mut roots = [
            ("Query".to_owned(), OperationKind::Query),
            ("Mutation".to_owned(), OperationKind::Mutation),
            ("Subscription".to_owned(), OperationKind::Subscription),
        ];
        for definition in &document.definitions {
            let Definition::SchemaDefinition(schema) = definition else { continue };
            let named = [&schema.query, &schema.mutation, &schema.subscription];
            for (root, name) in roots.iter_mut().zip(named) {
                root.0 = name.clone().unwrap_or_else(|| root.0.clone());
            }
        }
        for definition in document.definitions {
            let Definition::TypeDefinition(definition) = definition else { continue };
            let (name, fields) = match definition {
                TypeDefinition::Object(object) => (object.name, object.fields),
                TypeDefinition::Interface(interface) => (interface.name, interface.fields),
                _ => continue,
            };
            let root = roots.iter().find(|(root, _)| *root == name).map(|(_, kind)| kind);
            for field in fields {
                let rules = rules(&field.directives).with_context(|| format!("{name}.{}", field.name))?;
                match root {
                    _ if rules.is_empty() => {}
                    Some(kind) => drop(directives.fields_mut(kind).insert(field.name, rules)),
                    None => bail!("@{DIRECTIVE} on {name}.{}: only root fields are counted", field.name),
                }
            }
        }
        Ok(directives)
    }

    /// The rules of a root field.
    pub(super) fn rules(&self, kind: &OperationKind, field: &str) -> &[Rule] {
        let fields = match kind {
            OperationKind::Query => &self.query,
            OperationKind::Mutation => &self.mutation,
            OperationKind::Subscription => &self.subscription,
        };
        fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// The names of all buckets that some field is counted in.
    pub(super) fn buckets(&self) -> impl Iterator<Item = &str> {
        let fields = [&self.query, &self.mutation, &self.subscription];
        fields.into_iter().flat_map(HashMap::values).flatten().map(|rule| rule.bucket.as_str())
    }

    fn fields_mut(&mut self, kind: &OperationKind) -> &mut Fields {
        match kind {
            OperationKind::Query => &mut self.query,
            OperationKind::Mutation => &mut self.mutation,
            OperationKind::Subscription => &mut self.subscription,
        }
    }
}

fn rules(directives: &[Directive<'_, String>]) -> anyhow::Result<Vec<Rule>> {
    directives.iter().filter(|directive| directive.name == DIRECTIVE).map(rule).collect()
}

fn rule(directive: &Directive<'_, String>) -> anyhow::Result<Rule> {
    let argument = |name: &str| {
        let value = directive.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value);
        match value {
            Some(Value::String(text)) => Ok(text.as_str()),
            _ => bail!("@{DIRECTIVE} wants a text as `{name}`"),
        }
    };
    let key = argument("key")?.split_whitespace().map(key_part).collect::<Vec<_>>();
    if key.is_empty() {
        bail!("@{DIRECTIVE} wants a key: ADDRESS, CALLER or the path of an argument");
    }
    Ok(Rule { bucket: argument("bucket")?.to_owned(), key })
}

fn key_part(word: &str) -> KeyPart {
    match word {
        "ADDRESS" => KeyPart::Address,
        "CALLER" => KeyPart::Caller,
        path => KeyPart::Argument(path.split('.').map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_field_says_what_it_is_counted_in() {
        let schema = r#"
            schema { query: Query mutation: Changes }
            type Query { album: Int sharedPlaylist(token: String!): Int @rateLimit(bucket: "join", key: "CALLER") }
            type Changes {
              login(input: Input!): Int
                @rateLimit(bucket: "login", key: "ADDRESS input.email") @rateLimit(bucket: "login_address", key: "ADDRESS")
            }
        "#;
        let directives = Directives::parse(schema).expect("directives");
        let join = Rule { bucket: "join".to_owned(), key: vec![KeyPart::Caller] };
        assert_eq!(directives.rules(&OperationKind::Query, "sharedPlaylist"), [join]);
        let login = directives.rules(&OperationKind::Mutation, "login");
        let email = KeyPart::Argument(vec!["input".to_owned(), "email".to_owned()]);
        assert_eq!(login[0].key, [KeyPart::Address, email]);
        assert_eq!(login[1].bucket, "login_address");
        assert_eq!(directives.rules(&OperationKind::Query, "login"), []);
        assert_eq!(directives.rules(&OperationKind::Query, "album"), []);
    }

    #[test]
    fn what_cannot_be_counted_is_an_error() {
        for field in [
            "type Query { a: Int @rateLimit(bucket: \"a\") }",
            "type Query { a: Int @rateLimit(bucket: \"a\", key: \" \") }",
            "type Query { a: Int @rateLimit(key: \"ADDRESS\") }",
            "type Album { a: Int @rateLimit(bucket: \"a\", key: \"ADDRESS\") }",
            "type Query {",
        ] {
            assert!(Directives::parse(field).is_err(), "{field}");
        }
    }
}
