//! What production does so that nobody learns the schema by asking: one error a query, whatever is wrong with it, and no type
//! that is known by name.

use std::sync::Arc;

use hive_router::{
    graphql_tools::{
        static_graphql::query::{Definition, Document, OperationDefinition, Selection, SelectionSet},
        validation::utils::ValidationError,
    },
    http::StatusCode,
    ntex::http::{
        HeaderMap, Response,
        header::{ACCEPT, CONTENT_TYPE},
    },
};
use serde_json::{Map, Value, json};

/// The first of these errors: how many there are tells which fields exist.
pub(crate) fn first(errors: &Arc<Vec<ValidationError>>) -> Arc<Vec<ValidationError>> {
    if errors.len() > 1 { Arc::new(errors[..1].to_vec()) } else { Arc::clone(errors) }
}

/// The answer to a query that asks for types by their names and for nothing else: there is none.
pub(crate) fn no_such_type(document: &Document, headers: &HeaderMap) -> Option<Response> {
    let data = asked_types(document)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = ["application/graphql-response+json"].into_iter().find(|kind| accept.contains(kind));
    let body = json!({ "data": data }).to_string();
    Some(Response::build(StatusCode::OK).header(CONTENT_TYPE, kind.unwrap_or("application/json")).body(body))
}

fn asked_types(document: &Document) -> Option<Map<String, Value>> {
    let [Definition::Operation(operation)] = document.definitions.as_slice() else { return None };
    let selections: &SelectionSet = match operation {
        OperationDefinition::SelectionSet(selections) => selections,
        OperationDefinition::Query(query) => &query.selection_set,
        _ => return None,
    };
    let names = selections.items.iter().map(|item| match item {
        Selection::Field(field) if field.name == "__type" => {
            Some((field.alias.clone().unwrap_or_else(|| field.name.clone()), Value::Null))
        }
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use hive_router::graphql_tools::parser::parse_query;

    use super::*;

    fn asked(query: &str) -> Option<String> {
        let document = parse_query::<String>(query).expect("a query").into_static();
        asked_types(&document).map(|data| Value::Object(data).to_string())
    }

    #[test]
    fn no_type_has_a_name_that_somebody_knows() {
        assert_eq!(asked("{ __type(name: \"User\") { name } }").as_deref(), Some(r#"{"__type":null}"#));
        let two = "query Q($n: String!) { a: __type(name: $n) { name } b: __type(name: \"B\") { name } }";
        assert_eq!(asked(two).as_deref(), Some(r#"{"a":null,"b":null}"#));
    }

    #[test]
    fn other_queries_take_the_usual_way() {
        for query in
            ["{ viewer { id } }", "{ __schema { types { name } } }", "{ __type(name: \"A\") { name } viewer { id } }"]
        {
            assert_eq!(asked(query), None, "{query}");
        }
    }
}
