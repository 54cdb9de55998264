//! Fields that have buckets of their own: those that somebody guesses passwords or codes with, and those that cost us much.
//! Each is counted as often as an operation asks for it, whatever its alias.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hive_router::{
    query_planner::ast::{
        operation::OperationDefinition,
        selection_item::SelectionItem,
        selection_set::{FieldSelection, SelectionSet},
        value::Value,
    },
    sonic_rs::{self, JsonContainerTrait, JsonValueTrait},
};
use sha2::{Digest, Sha256};

use super::{Bucket, Limit, Rates, network};
use crate::identity::Caller;

type Variables = std::collections::HashMap<String, sonic_rs::Value>;

/// The buckets that the root fields of this operation are taken from.
pub(crate) fn special_buckets(
    rates: &Rates,
    operation: &OperationDefinition,
    variables: Option<&Variables>,
    caller: Option<&Caller>,
    address: Option<IpAddr>,
) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    let address = network(address);
    let who = caller.map_or_else(|| format!("address:{address}"), |caller| format!("user:{}", caller.user));
    each_field(&operation.selection_set, &mut |field| {
        let mut take = |name: String, limit: Limit| {
            let Some(rate) = limit.0 else { return };
            match buckets.iter_mut().find(|bucket| bucket.name == name) {
                Some(bucket) => bucket.cost += 1,
                None => buckets.push(Bucket { name, rate, cost: 1 }),
            }
        };
        match field.name.as_str() {
            "login" => {
                let account = account(field, &["input", "email"], variables);
                take(format!("login:{address}:{account}"), rates.login);
                take(format!("login:{address}"), rates.login_address);
            }
            "beginOidcLogin" | "completeOidcLogin" => take(format!("login:{address}"), rates.login_address),
            "register" => take(format!("register:{address}"), rates.register),
            "requestPasswordReset" => {
                let account = account(field, &["email"], variables);
                take(format!("reset:{account}"), rates.reset);
                take(format!("login:{address}"), rates.login_address);
            }
            "changePassword" | "deleteAccount" => take(format!("password:{who}"), rates.password),
            "createUpload" => take(format!("upload:{who}"), rates.create_upload),
            "joinListeningSession" | "listeningSession" | "sharedPlaylist" => take(format!("join:{who}"), rates.join),
            _ => {}
        }
    });
    buckets
}

/// Whether the operation signs in once and does nothing else: then its answer tells whether the password was right.
pub(crate) fn is_login_alone(operation: &OperationDefinition) -> bool {
    let mut names = Vec::new();
    each_field(&operation.selection_set, &mut |field| names.push(field.name.clone()));
    names == ["login"]
}

fn each_field(selections: &SelectionSet, look: &mut impl FnMut(&FieldSelection)) {
    for item in &selections.items {
        match item {
            SelectionItem::Field(field) => look(field),
            SelectionItem::InlineFragment(fragment) => each_field(&fragment.selections, look),
            // Operations come here with their fragments in place.
            SelectionItem::FragmentSpread(_) => {}
        }
    }
}

/// The e-mail address in an argument, as the name of a bucket: short, and not the address itself.
fn account(field: &FieldSelection, path: &[&str], variables: Option<&Variables>) -> String {
    let argument = path.first().and_then(|name| field.arguments.as_ref()?.get_argument(name));
    let text = argument.and_then(|value| text_at(value, &path[1..], variables)).unwrap_or_default();
    digest(&text.trim().to_lowercase())
}

fn text_at(value: &Value, path: &[&str], variables: Option<&Variables>) -> Option<String> {
    match (value, path) {
        (Value::String(text), []) => Some(text.clone()),
        (Value::Object(fields), [name, rest @ ..]) => text_at(fields.get(*name)?, rest, variables),
        (Value::Variable(name), path) => {
            let mut value = variables?.get(name)?;
            for name in path {
                value = value.as_object()?.get(name)?;
            }
            value.as_str().map(str::to_owned)
        }
        _ => None,
    }
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..12])
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use hive_router::graphql_tools::parser::query::{Definition, parse_query};

    use super::*;
    use crate::config::{Config, Environment};

    fn buckets(query: &str, variables: &str) -> Vec<(String, u32)> {
        let config = Config::parse_from(["router", "--router-secret", "0123456789abcdef"]);
        let rates = Rates::new(&config.rate_limits, Environment::Production);
        let document = parse_query::<String>(query).expect("a query").into_static();
        let Some(Definition::Operation(operation)) = document.definitions.into_iter().next() else {
            panic!("no operation")
        };
        let variables: Variables = sonic_rs::from_str(variables).expect("variables");
        let address = "192.0.2.1".parse().ok();
        let found = special_buckets(&rates, &operation.into(), Some(&variables), None, address);
        found.into_iter().map(|bucket| (bucket.name, bucket.cost)).collect()
    }

    #[test]
    fn aliases_are_counted_one_by_one() {
        let login =
            |alias: &str| format!("{alias}: login(input: {{ email: \"A@b.c\", password: \"x\" }}) {{ __typename }}");
        let found = buckets(
            &format!("mutation {{ {} {} ... on Mutation {{ {} }} }}", login("a"), login("b"), login("c")),
            "{}",
        );
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(_, cost)| *cost == 3));
    }

    #[test]
    fn the_account_is_found_wherever_it_stands_and_however_it_is_written() {
        let literal = buckets("mutation { login(input: { email: \"a@b.c\" }) { __typename } }", "{}");
        let whole = "mutation($i: LoginInput!) { login(input: $i) { __typename } }";
        let part = "mutation($e: String!) { login(input: { email: $e }) { __typename } }";
        assert_eq!(buckets(whole, r#"{"i":{"email":" A@B.c "}}"#), literal);
        assert_eq!(buckets(part, r#"{"e":"a@b.C"}"#), literal);
        assert_ne!(buckets(part, r#"{"e":"other@b.c"}"#)[0], literal[0]);
        assert!(!literal[0].0.contains('@'));
    }

    #[test]
    fn other_fields_have_no_bucket() {
        assert_eq!(buckets("{ viewer { id } login: albums { totalCount } }", "{}"), []);
    }
}
