//! Asks the running platform over its public API, as anybody could. It knows nothing of music.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// How long an operation is tried again that the platform cannot do yet.
const RETRY_FOR: Duration = Duration::from_mins(1);
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// A client of the API, signed in or not.
#[derive(Clone)]
pub(super) struct Client {
    /// `host:port`
    authority: String,
    access_token: Option<String>,
}

impl Client {
    /// A client that nobody has signed in with. `server` is an `http://host:port`.
    pub(super) fn new(server: &str) -> anyhow::Result<Self> {
        let authority = server.strip_prefix("http://").with_context(|| format!("{server} is not an http URL"))?;
        Ok(Self { authority: authority.trim_end_matches('/').to_owned(), access_token: None })
    }

    /// The same for a person.
    pub(super) fn with_token(&self, access_token: &str) -> Self {
        Self { access_token: Some(access_token.to_owned()), ..self.clone() }
    }

    /// Runs an operation and gives its `data`. An error of GraphQL is an error; what `userErrors` say is not.
    pub(super) fn run(&self, document: &str, variables: &Value) -> anyhow::Result<Value> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let (status, answer) = self.post(&body)?;
        let mut answer: Value =
            serde_json::from_str(&answer).with_context(|| format!("read an answer with status {status}"))?;
        if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
            bail!("the API answered {}", Value::Array(errors.clone()));
        }
        Ok(answer["data"].take())
    }

    /// The same for mutations: they are repeated while one of them answers with errors or refuses, since what was just
    /// imported may not be known everywhere yet.
    pub(super) fn accepted(&self, document: &str, variables: &Value) -> anyhow::Result<Value> {
        let started = Instant::now();
        loop {
            let outcome = self.run(document, variables).and_then(|data| match refusal(&data) {
                Some(refusal) => bail!("the API refused: {refusal}"),
                None => Ok(data),
            });
            if outcome.is_ok() || started.elapsed() > RETRY_FOR {
                return outcome;
            }
            sleep(RETRY_INTERVAL);
        }
    }

    fn post(&self, body: &str) -> anyhow::Result<(u16, String)> {
        let mut stream =
            TcpStream::connect(&self.authority).with_context(|| format!("connect to {}", self.authority))?;
        stream.set_read_timeout(Some(TIMEOUT)).context("limit the wait for an answer")?;
        let authorization =
            self.access_token.as_ref().map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        // HTTP/1.0: the answer is not chunked and ends with the connection.
        let head = format!(
            "POST /graphql HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\naccept: application/json\r\n\
             {authorization}content-length: {}\r\n\r\n",
            self.authority,
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .context("send an operation")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("read an answer")?;
        split(&answer).context("the answer is not HTTP")
    }
}

/// Status and body.
fn split(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// What one of the payloads says against it.
fn refusal(data: &Value) -> Option<String> {
    let payloads = data.as_object()?.values();
    let errors = payloads.filter_map(|payload| payload["userErrors"].as_array()).flatten();
    errors.map(ToString::to_string).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_status_and_body() {
        assert_eq!(split("HTTP/1.0 200 OK\r\na: b\r\n\r\n{}"), Some((200, "{}".to_owned())));
        assert_eq!(split("SSH-2.0"), None);
    }

    #[test]
    fn a_refusal_of_any_payload_is_found() {
        let payload = |errors: Value| json!({ "one": { "userErrors": [] }, "two": { "userErrors": errors } });
        assert_eq!(refusal(&payload(json!([]))), None);
        assert!(refusal(&payload(json!([{ "code": "NOT_FOUND" }]))).unwrap().contains("NOT_FOUND"));
    }
}
