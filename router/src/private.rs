//! A private server: whoever is not signed in may execute what signing in needs, and nothing else. Which fields these are follows
//! from the composed schema: mutations without `@authenticated`, and queries that bear `@public`.

use std::collections::HashSet;

use anyhow::Context;
use hive_router::{
    graphql_tools::{
        parser::{
            parse_schema,
            schema::{Definition as SchemaDefinition, Document as SchemaDocument, ObjectType, TypeDefinition},
        },
        static_graphql::query::{
            Definition, Document, OperationDefinition as ParsedOperation, Selection, SelectionSet,
        },
    },
    query_planner::{
        ast::{operation::OperationDefinition, selection_item::SelectionItem, selection_set},
        state::supergraph_state::OperationKind,
    },
};

/// The code of the error that a stranger is answered with.
pub(crate) const CODE: &str = "UNAUTHENTICATED";
/// Its sentence.
pub(crate) const MESSAGE: &str = "This server is private: sign in first.";

/// Marks a query for whoever is not signed in.
const PUBLIC: &str = "public";
/// Mark mutations for whoever is signed in.
const CLOSED: [&str; 2] = ["authenticated", "requiresScopes"];

/// The root fields that are for everybody.
#[derive(Debug, Default)]
pub(crate) struct PublicFields {
    queries: HashSet<String>,
    mutations: HashSet<String>,
}

impl PublicFields {
    /// The public fields of a composed schema.
    pub(crate) fn of(supergraph: &str) -> anyhow::Result<Self> {
        let document: SchemaDocument<'_, String> = parse_schema(supergraph).context("parse the composed schema")?;
        let mut public = Self::default();
        for definition in &document.definitions {
            let SchemaDefinition::TypeDefinition(TypeDefinition::Object(object)) = definition else { continue };
            match object.name.as_str() {
                "Query" => public.queries = fields(object, |names| names.contains(&PUBLIC)),
                "Mutation" => {
                    let is_open = |names: &[&str]| !names.iter().any(|name| CLOSED.contains(name));
                    public.mutations = fields(object, is_open);
                }
                _ => {}
            }
        }
        Ok(public)
    }

    /// Whether all root fields of this operation are public.
    pub(crate) fn contain(&self, operation: &OperationDefinition) -> bool {
        let public = match operation.operation_kind {
            None | Some(OperationKind::Query) => &self.queries,
            Some(OperationKind::Mutation) => &self.mutations,
            Some(OperationKind::Subscription) => return false,
        };
        all_are(&operation.selection_set, public)
    }
}

fn fields(object: &ObjectType<'_, String>, is_public: impl Fn(&[&str]) -> bool) -> HashSet<String> {
    let public = object.fields.iter().filter(|field| {
        let names: Vec<&str> = field.directives.iter().map(|directive| directive.name.as_str()).collect();
        is_public(&names)
    });
    public.map(|field| field.name.clone()).collect()
}

fn all_are(selections: &selection_set::SelectionSet, public: &HashSet<String>) -> bool {
    selections.items.iter().all(|item| match item {
        SelectionItem::Field(field) => field.name == "__typename" || public.contains(&field.name),
        SelectionItem::InlineFragment(fragment) => all_are(&fragment.selections, public),
        // Operations come here with their fragments in place; what is not known is not public.
        SelectionItem::FragmentSpread(_) => false,
    })
}

/// Whether a document asks for what is never public: about the schema, whose fields hive-router takes out of an operation before
/// it is analysed, or for a subscription, whose refusal must come while every transport can still be answered with one.
pub(crate) fn is_never_public(document: &Document) -> bool {
    document.definitions.iter().any(|definition| match definition {
        Definition::Fragment(fragment) => has_schema_field(&fragment.selection_set),
        Definition::Operation(ParsedOperation::Subscription(_)) => true,
        Definition::Operation(ParsedOperation::SelectionSet(selections)) => has_schema_field(selections),
        Definition::Operation(ParsedOperation::Query(query)) => has_schema_field(&query.selection_set),
        Definition::Operation(ParsedOperation::Mutation(mutation)) => has_schema_field(&mutation.selection_set),
    })
}

fn has_schema_field(selections: &SelectionSet) -> bool {
    selections.items.iter().any(|item| match item {
        Selection::Field(field) => {
            field.name == "__schema" || field.name == "__type" || has_schema_field(&field.selection_set)
        }
        Selection::InlineFragment(fragment) => has_schema_field(&fragment.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use hive_router::graphql_tools::parser::query::{Definition as QueryDefinition, parse_query};

    use super::*;

    const SCHEMA: &str = r"
        type Query { server: Boolean @public albums: Boolean }
        type Mutation { login: Boolean logout: Boolean @authenticated promote: Boolean @requiresScopes(scopes: []) }
        type Subscription { ticks: Boolean }
        type Server { name: String }";

    fn is_public(query: &str) -> bool {
        let document = parse_query::<String>(query).expect("a query").into_static();
        let Some(QueryDefinition::Operation(operation)) = document.definitions.into_iter().next() else {
            panic!("no operation")
        };
        PublicFields::of(SCHEMA).expect("a schema").contain(&operation.into())
    }

    #[test]
    fn an_operation_is_public_when_each_of_its_root_fields_is() {
        for query in ["{ server }", "{ __typename a: server }", "mutation { login }", "{ ... on Query { server } }"] {
            assert!(is_public(query), "{query}");
        }
        for query in [
            "{ albums }",
            "{ server albums }",
            "{ server: albums }",
            "{ login }",
            "mutation { logout }",
            "mutation { login promote }",
            "subscription { ticks }",
            "{ ... on Query { albums } }",
            "{ ...spread }",
        ] {
            assert!(!is_public(query), "{query}");
        }
    }

    #[test]
    fn the_schema_and_subscriptions_are_never_public() {
        let asks = |query: &str| is_never_public(&parse_query::<String>(query).expect("a query").into_static());
        assert!(asks("{ __schema { types { name } } }") && asks("{ server __type(name: \"A\") { name } }"));
        assert!(asks("{ ...a } fragment a on Query { ... { b: __schema { types { name } } } }"));
        assert!(asks("subscription { ticks }"));
        assert!(!asks("{ server __typename }") && !asks("mutation { login }"));
    }
}
