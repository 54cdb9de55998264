//! What clients read of errors that are not a subgraph's to write.

use hive_router::{
    GraphQLError,
    sonic_rs::{self, JsonValueTrait, Value},
};
use serde::Serialize;

use crate::limits;

/// Codes of errors whose messages our subgraphs write for clients to read.
const READABLE_CODES: [&str; 5] = ["UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED", "BAD_USER_INPUT", "UNAVAILABLE"];

/// hive-router's codes for a subgraph that cannot be asked, or does not answer in time.
const UNREACHABLE_CODES: [&str; 4] = [
    "SUBREQUEST_HTTP_ERROR",
    "SUBGRAPH_REQUEST_TIMEOUT",
    "SUBGRAPH_RESPONSE_FAILURE",
    "SUBGRAPH_RESPONSE_BODY_READ_FAILURE",
];

/// The error of a request that came too soon.
pub(crate) fn rate_limited(retry_after_ms: u64) -> GraphQLError {
    let mut error = GraphQLError::from_message_and_code(limits::message(retry_after_ms), "RATE_LIMITED");
    error.extensions.set("retryAfterMs".to_owned(), sonic_rs::Value::from(retry_after_ms));
    error
}

/// The body of an answer that is one error.
pub(crate) fn body(error: GraphQLError) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body {
        errors: [GraphQLError; 1],
    }
    sonic_rs::to_vec(&Body { errors: [error] }).unwrap_or_else(|_| br#"{"errors":[{"message":"refused"}]}"#.to_vec())
}

/// Gives an error the code of our contract, and keeps the message that clients are meant to read. `is_known`: somebody is signed
/// in. `opaque`: what is wrong with a query is told only roughly, because it tells about the schema.
pub(crate) fn make_readable(error: &mut GraphQLError, is_known: bool, opaque: bool) {
    let extensions = &mut error.extensions;
    if extensions.service_name.is_none() {
        let code = extensions.code.clone().unwrap_or_default();
        if code == "UNAUTHORIZED_FIELD_OR_TYPE" {
            let (code, message) = if is_known {
                ("FORBIDDEN", "your role, or the scopes of the API key, do not allow this")
            } else {
                ("UNAUTHENTICATED", "sign in first")
            };
            extensions.code = Some(code.to_owned());
            message.clone_into(&mut error.message);
        } else if is_malformed(&code) {
            extensions.code = Some("BAD_USER_INPUT".to_owned());
            if opaque && code != "GRAPHQL_PARSE_FAILED" {
                "The query does not fit the schema.".clone_into(&mut error.message);
                error.locations = None;
            }
        }
    }
    let extensions = &mut error.extensions;
    if is_unreachable(extensions.code.as_deref(), extensions.extensions.get("http")) {
        extensions.code = Some("UNAVAILABLE".to_owned());
        "A part of the platform cannot be reached at the moment. Try again.".clone_into(&mut error.message);
    }
    if extensions.code.as_deref().is_some_and(|code| READABLE_CODES.contains(&code)) {
        // hive-router masks the message of an error that names a subgraph; without the name it stays.
        extensions.service_name = None;
    }
}

/// Whether a subgraph could not be asked, or could not answer. One that has answered that it will not is there.
fn is_unreachable(code: Option<&str>, http: Option<&Value>) -> bool {
    let status = http.and_then(|http| http.get("status")).and_then(JsonValueTrait::as_u64);
    code.is_some_and(|code| UNREACHABLE_CODES.contains(&code))
        && status.is_none_or(|status| status == 408 || status >= 500)
}

/// Whether hive-router's code says that the query itself is wrong: it could not be read, or breaks a rule of GraphQL,
/// whose name is the code then (`KnownArgumentNames`). The limits' codes stay, they say more than the contract's one.
fn is_malformed(code: &str) -> bool {
    matches!(
        code,
        "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "OPERATION_RESOLUTION_FAILURE" | "BAD_REQUEST"
    ) || code.contains(|letter: char| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(code: &str, is_known: bool, opaque: bool) -> (String, String) {
        let mut error = GraphQLError::from_message_and_code("the field x of type Y", code);
        make_readable(&mut error, is_known, opaque);
        (error.extensions.code.unwrap_or_default(), error.message)
    }

    #[test]
    fn a_wrong_query_is_told_from_one_that_asks_too_much() {
        assert!(is_malformed("KnownArgumentNames") && is_malformed("GRAPHQL_PARSE_FAILED"));
        assert!(!is_malformed("MAX_DEPTH_EXCEEDED") && !is_malformed("UNAUTHENTICATED"));
    }

    #[test]
    fn a_wrong_query_tells_nothing_of_the_schema_in_production() {
        assert!(made("FieldsOnCorrectType", true, false).1.contains("type Y"));
        assert!(!made("FieldsOnCorrectType", true, true).1.contains('Y'));
    }

    #[test]
    fn a_subgraph_that_is_away_is_told_without_its_address() {
        let (code, message) = made("SUBREQUEST_HTTP_ERROR", true, true);
        assert_eq!(code, "UNAVAILABLE");
        assert!(!message.contains("field"), "{message}");
    }

    #[test]
    fn who_may_not_is_told_why() {
        assert_eq!(made("UNAUTHORIZED_FIELD_OR_TYPE", false, false).0, "UNAUTHENTICATED");
        assert_eq!(made("UNAUTHORIZED_FIELD_OR_TYPE", true, false).0, "FORBIDDEN");
    }
}
