//! Requests to the platform over HTTP.

use std::time::Duration;

use cynic::{GraphQlError, GraphQlResponse, Operation};
use reqwest::header::RETRY_AFTER;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use crate::{error::ApiError, session::Session};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// What we read of an error's `extensions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extensions {
    code: Option<String>,
    retry_after_ms: Option<f64>,
}

/// The GraphQL endpoint of a server.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Also for the object store's URLs.
    pub(crate) http: reqwest::Client,
    /// `<server>/graphql`.
    pub(crate) url: Url,
}

impl Endpoint {
    /// The endpoint of the server at this address, which may name the endpoint itself.
    pub(crate) fn new(server: &Url) -> anyhow::Result<Self> {
        anyhow::ensure!(
            matches!(server.scheme(), "http" | "https"),
            "the server's address must begin with http:// or https://"
        );
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("polyphony/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let mut url = server.clone();
        let path = url.path().trim_end_matches('/').trim_end_matches("/graphql").to_owned();
        url.set_path(&format!("{path}/graphql"));
        url.set_query(None);
        Ok(Self { http, url })
    }

    /// Sends an operation. Gives its data, and whether a part of them is missing.
    pub(crate) async fn send<D, V>(
        &self,
        operation: &Operation<D, V>,
        token: Option<&str>,
    ) -> Result<(D, bool), ApiError>
    where
        D: DeserializeOwned,
        V: Serialize,
    {
        self.post(operation, token).await
    }

    /// Sends the body of a request. Gives the data of its answer, and whether a part of them is missing.
    async fn post<D: DeserializeOwned>(
        &self,
        body: &impl Serialize,
        token: Option<&str>,
    ) -> Result<(D, bool), ApiError> {
        let mut request = self.http.post(self.url.clone()).timeout(ANSWER_TIMEOUT).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let unreachable = |error: reqwest::Error| ApiError::unreachable(&self.url, &error);
        let response = request.send().await.map_err(unreachable)?;
        let (status, wait) = (response.status(), retry_after(&response));
        let body = response.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice::<GraphQlResponse<D, Extensions>>(&body) {
            Ok(answer) => read(answer),
            Err(_) if status.as_u16() == 401 => Err(ApiError::Unauthenticated),
            Err(_) if status.as_u16() == 429 => {
                Err(ApiError::RateLimited { retry_after: wait.unwrap_or(Duration::from_secs(1)) })
            }
            Err(error) => {
                let detail =
                    status.is_success().then(|| format!("something that is no answer to the request ({error})"));
                let server = self.url.origin().ascii_serialization();
                Err(ApiError::Status { server, status: status.as_u16(), detail })
            }
        }
    }
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn read<D>(answer: GraphQlResponse<D, Extensions>) -> Result<(D, bool), ApiError> {
    let errors = answer.errors.unwrap_or_default();
    let whole_request = errors.iter().map(classify).find(|error| !matches!(error, ApiError::Failed { .. }));
    match (whole_request, answer.data, errors.first()) {
        (Some(error), ..) => Err(error),
        (None, Some(data), first) => Ok((data, first.is_some())),
        (None, None, Some(first)) => Err(classify(first)),
        (None, None, None) => Err(ApiError::Failed { code: None, message: "an answer without data".to_owned() }),
    }
}

/// What an error of the server means to us.
pub(crate) fn classify(error: &GraphQlError<Extensions>) -> ApiError {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.code.as_deref());
    match code {
        Some("UNAUTHENTICATED" | "INVALID_TOKEN") => ApiError::Unauthenticated,
        Some("FORBIDDEN") => ApiError::Forbidden { message: error.message.clone() },
        Some("RATE_LIMITED") => {
            let wait = error.extensions.as_ref().and_then(|extensions| extensions.retry_after_ms).unwrap_or(1000.0);
            ApiError::RateLimited { retry_after: Duration::from_secs_f64((wait / 1000.0).clamp(0.1, 3600.0)) }
        }
        _ => ApiError::Failed { code: code.map(str::to_owned), message: error.message.clone() },
    }
}

/// The platform, as the signed-in person.
pub(crate) struct Client {
    /// Where.
    pub(crate) endpoint: Endpoint,
    /// Who.
    pub(crate) session: Session,
}

impl Client {
    /// Runs an operation; anything that is missing in its answer is an error.
    pub(crate) async fn run<D, V>(&self, operation: Operation<D, V>) -> Result<D, ApiError>
    where
        D: DeserializeOwned,
        V: Serialize,
    {
        match self.run_lenient(operation).await? {
            (data, false) => Ok(data),
            (_, true) => Err(ApiError::Failed { code: None, message: "a part of the answer is missing".to_owned() }),
        }
    }

    /// Runs an operation, and tells whether a part of its answer is missing.
    pub(crate) async fn run_lenient<D, V>(&self, operation: Operation<D, V>) -> Result<(D, bool), ApiError>
    where
        D: DeserializeOwned,
        V: Serialize,
    {
        self.post(&operation).await
    }

    /// Sends the body of a request, for operations that are put together while the command runs.
    pub(crate) async fn post<D: DeserializeOwned>(&self, body: &impl Serialize) -> Result<(D, bool), ApiError> {
        let token = self.session.token(&self.endpoint).await?;
        match self.endpoint.post(body, Some(&token)).await {
            // Our clock may be wrong about when the token ends: the server's word counts.
            Err(ApiError::Unauthenticated) => {
                let token = self.session.token_after(&self.endpoint, &token).await?;
                self.endpoint.post(body, Some(&token)).await
            }
            answer => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<(serde_json::Value, bool), ApiError> {
        read(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_hole_in_an_answer_is_told_and_the_rest_is_kept() {
        let partial = answer(r#"{"data":{"a":1,"b":null},"errors":[{"message":"Unexpected error","path":["b"]}]}"#);
        assert!(matches!(partial, Ok((_, true))));
        assert!(matches!(answer(r#"{"data":{"a":1}}"#), Ok((_, false))));
    }

    #[test]
    fn codes_decide_what_an_error_means() {
        let coded = |code: &str| {
            answer(&format!(
                r#"{{"data":null,"errors":[{{"message":"x","extensions":{{"code":"{code}","retryAfterMs":2500}}}}]}}"#
            ))
        };
        assert!(matches!(coded("UNAUTHENTICATED"), Err(ApiError::Unauthenticated)));
        assert!(
            matches!(coded("RATE_LIMITED"), Err(ApiError::RateLimited { retry_after }) if retry_after.as_millis() == 2500)
        );
        assert!(coded("INTERNAL").is_err_and(|error| error.is_transient()));
        assert!(coded("BAD_USER_INPUT").is_err_and(|error| !error.is_transient()));
    }

    #[test]
    fn the_server_may_be_given_with_or_without_the_path() {
        for server in ["http://h:4000", "http://h:4000/", "http://h:4000/graphql", "http://h:4000/graphql/"] {
            assert_eq!(Endpoint::new(&server.parse().unwrap()).unwrap().url.as_str(), "http://h:4000/graphql");
        }
    }
}
