//! The messages of the graphql-transport-ws protocol. It knows nothing of sockets.

use std::time::Duration;

use hive_router::ntex::web::ws;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value, json};

use crate::{identity::Refusal, lease::LeaseEnd};

/// Name of the protocol, as clients ask for it.
pub(super) const NAME: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// The first message, with whatever the client wants to tell.
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Are you there? Its payload may show a newer access token.
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// I am.
    Pong {},
    /// Execute an operation, of any kind.
    Subscribe { id: String, payload: Map<String, Value> },
    /// No more results of this operation, please.
    Complete { id: String },
}

/// Why the router closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// A message that is not of the protocol.
    BadRequest,
    /// An operation before `connection_init`.
    Unauthorized,
    /// The client does not speak the protocol.
    SubprotocolNotAcceptable,
    /// `connection_init` did not come.
    InitialisationTimeout,
    /// Two operations with the same id at once.
    SubscriberAlreadyExists,
    /// `connection_init` came twice.
    TooManyInitialisations,
    /// The client does not read what it asked for.
    TooSlow,
    /// The message is longer than allowed.
    TooBig,
    /// The session that it was opened with has ended.
    SessionEnded,
    /// The access token has expired, and no newer one was shown.
    TokenExpired,
    /// The person, or those who are not signed in, have too many connections.
    TooManyConnections,
    /// A client that is not signed in has nothing to do.
    Idle,
    /// A client that is not signed in has been here for long.
    LifetimeOver,
}

impl From<LeaseEnd> for Closing {
    fn from(end: LeaseEnd) -> Self {
        match end {
            LeaseEnd::TokenExpired => Self::TokenExpired,
            LeaseEnd::SessionEnded => Self::SessionEnded,
        }
    }
}

impl From<Closing> for ws::Message {
    fn from(closing: Closing) -> Self {
        let (code, description) = match closing {
            Closing::BadRequest => (4400, "Invalid message received"),
            Closing::Unauthorized => (4401, "Unauthorized"),
            Closing::SubprotocolNotAcceptable => (4406, "Subprotocol not acceptable"),
            Closing::InitialisationTimeout => (4408, "Connection initialisation timeout"),
            Closing::SubscriberAlreadyExists => (4409, "Subscriber already exists"),
            Closing::TooManyInitialisations => (4429, "Too many initialisation requests"),
            Closing::TooSlow => (1013, "Too slow"),
            Closing::SessionEnded => (4403, "Session ended"),
            // Clients that follow npm graphql-ws open another socket after any code of 4xxx that it does not list as fatal, and
            // ask for a token then.
            Closing::TokenExpired => (4498, "Access token expired"),
            Closing::TooManyConnections => (1013, "Too many connections"),
            Closing::Idle => (1000, "Idle"),
            Closing::LifetimeOver => (1001, "Open for too long without being signed in"),
            Closing::TooBig => (1009, "Message too big"),
        };
        ws::Message::Close(Some(ws::CloseReason {
            code: ws::CloseCode::from(code),
            description: Some(description.to_owned()),
        }))
    }
}

/// The access token that a client gave in `connection_init`, in a `ping` or in the extensions of an operation: as `Authorization`, of any case, beside or in `headers`.
pub(super) fn authorization(init: &Map<String, Value>) -> Option<&str> {
    named(init, "authorization")
}

fn named<'init>(init: &'init Map<String, Value>, wanted: &str) -> Option<&'init str> {
    let headers = init.get("headers").and_then(Value::as_object);
    [Some(init), headers].into_iter().flatten().flatten().find_map(|(name, value)| {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        name.eq_ignore_ascii_case(wanted).then_some(text)
    })
}

/// The API key that a client gave in `connection_init`: as `x-api-key`, of any case, beside or in `headers`.
pub(super) fn api_key(init: &Map<String, Value>) -> Option<&str> {
    named(init, "x-api-key")
}

/// Says that the client may start.
pub(super) fn acknowledged() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// Answers a ping.
pub(super) fn pong() -> String {
    json!({ "type": "pong" }).to_string()
}

/// Answers a ping that showed an access token: for how long the connection may go on, or why the token changes nothing.
pub(super) fn authorized(shown: Result<Duration, Refusal>) -> String {
    let payload = match shown {
        Ok(expires_in) => {
            let expires_in_ms = u64::try_from(expires_in.as_millis()).unwrap_or(u64::MAX);
            json!({ "authorization": { "expiresInMs": expires_in_ms } })
        }
        Err(refusal) => json!({ "errors": [error(refusal.code(), refusal.message())] }),
    };
    json!({ "type": "pong", "payload": payload }).to_string()
}

/// A result of the operation `id`; `result` is JSON already.
pub(super) fn next(id: &str, result: &str) -> String {
    format!(r#"{{"type":"next","id":{},"payload":{result}}}"#, Value::from(id))
}

/// The end of the operation `id`.
pub(super) fn complete(id: &str) -> String {
    json!({ "type": "complete", "id": id }).to_string()
}

/// The operation `id` was refused, and ends, with one error of ours.
pub(super) fn refused(id: &str, code: &str, message: &str) -> String {
    errors(id, &json!([error(code, message)]))
}

fn error(code: &str, message: &str) -> Value {
    json!({ "message": message, "extensions": { "code": code } })
}

/// The messages that a whole result of the operation `id` is told with: a result and the end, or errors alone when
/// nothing was executed.
pub(super) fn answered(id: &str, result: &str) -> Vec<String> {
    if was_executed(result) {
        return vec![next(id, result), complete(id)];
    }
    let refusal: Value = serde_json::from_str(result).unwrap_or_default();
    match refusal.get("errors") {
        Some(list) if list.is_array() => vec![errors(id, list)],
        _ => vec![refused(id, "INTERNAL", "The operation could not be executed.")],
    }
}

/// Whether a result has data, be it null. A result may be long, so what is in it is not looked at.
fn was_executed(result: &str) -> bool {
    #[derive(Deserialize)]
    struct Executed {
        #[serde(rename = "data")]
        _data: IgnoredAny,
    }
    serde_json::from_str::<Executed>(result).is_ok()
}

fn errors(id: &str, list: &Value) -> String {
    json!({ "type": "error", "id": id, "payload": list }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_wherever_clients_put_it() {
        let found = |init: Value| authorization(init.as_object().expect("an object")).map(str::to_owned);
        assert_eq!(found(json!({ "Authorization": "Bearer a" })), Some("Bearer a".to_owned()));
        assert_eq!(found(json!({ "authorization": "Bearer a", "x": 1 })), Some("Bearer a".to_owned()));
        assert_eq!(found(json!({ "headers": { "AUTHORIZATION": "Bearer a" } })), Some("Bearer a".to_owned()));
        assert_eq!(found(json!({ "authorization": null, "headers": [] })), None);
    }

    #[test]
    fn a_result_ends_its_operation() {
        let messages = answered("1", r#"{"data":{"a":1}}"#);
        assert_eq!(
            messages,
            [r#"{"type":"next","id":"1","payload":{"data":{"a":1}}}"#, r#"{"id":"1","type":"complete"}"#]
        );
    }

    #[test]
    fn an_operation_that_was_not_executed_is_an_error() {
        let messages = answered("\"", r#"{"errors":[{"message":"no"}]}"#);
        assert_eq!(messages, [r#"{"id":"\"","payload":[{"message":"no"}],"type":"error"}"#]);
        assert_eq!(answered("1", "nonsense").len(), 1);
    }

    #[test]
    fn messages_are_read_as_the_protocol_writes_them() {
        let read = |text| serde_json::from_str::<ClientMessage>(text);
        assert!(matches!(read(r#"{"type":"connection_init"}"#), Ok(ClientMessage::ConnectionInit { payload: None })));
        assert!(matches!(read(r#"{"type":"ping","payload":{"a":1}}"#), Ok(ClientMessage::Ping { payload: Some(_) })));
        assert!(matches!(read(r#"{"type":"ping"}"#), Ok(ClientMessage::Ping { payload: None })));
        assert!(matches!(read(r#"{"type":"complete","id":"1"}"#), Ok(ClientMessage::Complete { .. })));
        assert!(read(r#"{"type":"subscribe","id":"1"}"#).is_err() && read("[]").is_err());
    }
}
