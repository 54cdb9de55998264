//! Root fields that have buckets of their own. Each is counted as often as an operation asks for it, whatever its alias.

use std::net::IpAddr;

use hive_router::query_planner::{
    ast::{
        operation::OperationDefinition,
        selection_item::SelectionItem,
        selection_set::{FieldSelection, SelectionSet},
    },
    state::supergraph_state::OperationKind,
};

use super::{
    Bucket, Directives, Variables,
    directives::{KeyPart, Rule},
    key::Scope,
    policies::{OnExcess, Policies},
};
use crate::{
    identity::Caller,
    network::{Counted, networks},
};

/// An operation that is about to be executed.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    /// With its fragments in place.
    pub(crate) definition: &'a OperationDefinition,
    /// The variables that were sent with it.
    pub(crate) variables: Option<&'a Variables>,
}

/// Who asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    /// Who is signed in.
    pub(crate) caller: Option<&'a Caller>,
    /// From where.
    pub(crate) address: Option<IpAddr>,
}

/// What an operation is counted in.
#[derive(Debug, Default)]
pub(crate) struct Charges {
    /// Buckets that refuse it when they have not enough.
    pub(crate) refusing: Vec<Bucket>,
    /// Buckets that delay it when they have not enough.
    pub(crate) delaying: Vec<Bucket>,
    /// Those of both kinds that are given back what was taken if the operation signs somebody in. None when it does anything
    /// else too: then its outcome does not tell which of its attempts was right.
    pub(crate) refundable: Vec<Bucket>,
}

/// Collects what the root fields of `operation` are counted in.
pub(super) fn charges(
    directives: &Directives,
    policies: &Policies,
    operation: Operation<'_>,
    client: Client<'_>,
) -> Charges {
    let Operation { definition, variables } = operation;
    let kind = definition.operation_kind.as_ref().unwrap_or(&OperationKind::Query);
    let scope = Scope { variables, declared: definition.variable_definitions.as_deref().unwrap_or_default() };
    let mut charges = Charges::default();
    let mut fields = 0;
    each_field(&definition.selection_set, &mut |field| {
        fields += 1;
        for rule in directives.rules(kind, &field.name) {
            let policy = policies.of(&rule.bucket);
            let Some(rate) = policy.limit.0 else { continue };
            for (name, share) in names(rule, field, scope, client) {
                let bucket = Bucket { name, rate: rate.times(share), cost: 1 };
                if policy.is_refundable {
                    charges.refundable.push(bucket.clone());
                }
                match policy.on_excess {
                    OnExcess::Refuse => add(&mut charges.refusing, bucket),
                    OnExcess::Delay => add(&mut charges.delaying, bucket),
                }
            }
        }
    });
    if fields != 1 {
        charges.refundable.clear();
    }
    charges
}

fn add(buckets: &mut Vec<Bucket>, bucket: Bucket) {
    match buckets.iter_mut().find(|known| known.name == bucket.name) {
        Some(known) => known.cost += bucket.cost,
        None => buckets.push(bucket),
    }
}

/// The names of the buckets that a rule means, and how many clients' share each has: of an IPv6 address there are several.
fn names(rule: &Rule, field: &FieldSelection, scope: Scope<'_>, client: Client<'_>) -> Vec<(String, u32)> {
    let mut names = vec![(rule.bucket.clone(), 1_u32)];
    for part in &rule.key {
        let alternatives = match (part, client.caller) {
            (KeyPart::Argument(path), _) => vec![Counted { name: scope.key(field, path), share: 1 }],
            (KeyPart::Caller, Some(caller)) => vec![Counted { name: format!("user:{}", caller.user), share: 1 }],
            (KeyPart::Address | KeyPart::Caller, _) => networks(client.address),
        };
        names = names
            .iter()
            .flat_map(|(name, share)| {
                let alternatives = alternatives.iter();
                alternatives.map(move |part| (format!("{name}:{}", part.name), share.saturating_mul(part.share)))
            })
            .collect();
    }
    names
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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use hive_router::{
        graphql_tools::parser::query::{Definition, parse_query},
        sonic_rs,
    };

    use super::*;
    use crate::config::{Config, Environment};

    const SCHEMA: &str = r#"
        type Query { login: Int }
        type Mutation {
          login(input: LoginInput!): Int
            @rateLimit(bucket: "login", key: "ADDRESS input.email") @rateLimit(bucket: "sign_in", key: "ADDRESS input.email")
            @rateLimit(bucket: "login_account", key: "input.email")
          verify(code: Int!): Int @rateLimit(bucket: "code", key: "CALLER code")
        }
    "#;

    fn charges(query: &str, variables: &str, address: &str) -> Charges {
        let config = Config::parse_from(["router", "--router-secret", "0123456789abcdef"]);
        let policies = Policies::new(&config.rate_limits, Environment::Production);
        let document = parse_query::<String>(query).expect("a query").into_static();
        let Some(Definition::Operation(operation)) = document.definitions.into_iter().next() else {
            panic!("no operation")
        };
        let variables: Variables = sonic_rs::from_str(variables).expect("variables");
        let operation = Operation { definition: &operation.into(), variables: Some(&variables) };
        let client = Client { caller: None, address: address.parse().ok() };
        super::charges(&Directives::parse(SCHEMA).expect("directives"), &policies, operation, client)
    }

    fn refusing(query: &str, variables: &str) -> Vec<(String, u32)> {
        let charges = charges(query, variables, "192.0.2.1");
        charges.refusing.into_iter().map(|bucket| (bucket.name, bucket.cost)).collect()
    }

    #[test]
    fn aliases_are_counted_one_by_one() {
        let login =
            |alias: &str| format!("{alias}: login(input: {{ email: \"A@b.c\", password: \"x\" }}) {{ __typename }}");
        let query = format!("mutation {{ {} {} ... on Mutation {{ {} }} }}", login("a"), login("b"), login("c"));
        let found = charges(&query, "{}", "192.0.2.1");
        assert_eq!((found.refusing.len(), found.delaying.len()), (2, 1));
        assert!(found.refusing.iter().chain(&found.delaying).all(|bucket| bucket.cost == 3));
        assert_eq!(found.refundable, []);
    }

    #[test]
    fn the_account_is_found_wherever_it_stands_and_however_it_is_written() {
        let literal = refusing("mutation { login(input: { email: \"a@b.c\" }) { __typename } }", "{}");
        let whole = "mutation($i: LoginInput!) { login(input: $i) { __typename } }";
        let part = "mutation($e: String!) { login(input: { email: $e }) { __typename } }";
        assert_eq!(refusing(whole, r#"{"i":{"email":" A@B.c "}}"#), literal);
        assert_eq!(refusing(part, r#"{"e":"a@b.C"}"#), literal);
        let default = "mutation($e: String = \"a@b.c\") { login(input: { email: $e }) { __typename } }";
        assert_eq!(refusing(default, "{}"), literal);
        let default = "mutation($i: LoginInput = { email: \"a@b.c\" }) { login(input: $i) { __typename } }";
        assert_eq!(refusing(default, "{}"), literal);
        assert_ne!(refusing(default, r#"{"i":{"email":"other@b.c"}}"#), literal);
        assert_ne!(refusing(part, r#"{"e":"other@b.c"}"#)[0], literal[0]);
        assert!(!literal[0].0.contains('@'));
    }

    #[test]
    fn what_is_not_found_is_counted_together() {
        let query = "mutation($e: String) { login(input: { email: $e }) { __typename } }";
        let missing = refusing(query, "{}");
        assert_eq!(missing[0].0, "login:192.0.2.1:?");
        assert_eq!(refusing(query, r#"{"e":null}"#), missing);
        assert_eq!(refusing(query, r#"{"e":{"a":1}}"#), missing);
        assert_eq!(refusing("mutation { login { __typename } }", "{}"), missing);
    }

    #[test]
    fn numbers_are_keys_too() {
        let literal = refusing("mutation { verify(code: 7) }", "{}");
        assert_eq!(refusing("mutation($c: Int!) { verify(code: $c) }", r#"{"c":7}"#), literal);
        assert_ne!(refusing("mutation { verify(code: 8) }", "{}"), literal);
    }

    #[test]
    fn a_network_of_ipv6_has_more_than_an_address_and_less_than_all_of_them() {
        let query = "mutation { login(input: { email: \"a@b.c\" }) { __typename } }";
        let found = charges(query, "{}", "2001:db8:1:203::9");
        let logins = found.refusing.iter().filter(|bucket| bucket.name.starts_with("login:"));
        let bursts: Vec<_> = logins.map(|bucket| bucket.rate.burst).collect();
        assert_eq!(bursts, [10, 40, 160]);
        assert_eq!(found.delaying.len(), 1);
    }

    #[test]
    fn a_right_password_gives_back_a_guess_and_not_the_opening_of_a_session() {
        let query = "mutation { login(input: { email: \"a@b.c\" }) { __typename } }";
        let refundable = charges(query, "{}", "192.0.2.1").refundable;
        let names: Vec<_> = refundable.iter().filter_map(|bucket| bucket.name.split(':').next()).collect();
        assert_eq!(names, ["login", "login_account"]);
    }

    #[test]
    fn fields_of_other_roots_and_names_have_no_bucket() {
        assert_eq!(refusing("{ viewer { id } login: albums { totalCount } }", "{}"), []);
        assert_eq!(refusing("{ login }", "{}"), []);
    }
}
