//! The plugin of ours in hive-router: it makes sure who asks before anything else is done, gives each request an id,
//! answers health checks, and lets through the messages of errors that clients are meant to read.

use std::sync::Arc;

use hive_router::{
    GraphQLError, async_trait,
    http::StatusCode,
    ntex::http::{
        HeaderMap, Response,
        header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, UPGRADE},
    },
    plugins::{
        hooks::{
            on_graphql_error::{OnGraphQLErrorHookPayload, OnGraphQLErrorHookResult},
            on_graphql_params::{OnGraphQLParamsStartHookPayload, OnGraphQLParamsStartHookResult},
            on_http_request::{OnHttpRequestHookFuture, OnHttpRequestHookPayload},
            on_plugin_init::{OnPluginInitPayload, OnPluginInitResult},
        },
        plugin_trait::{EndHookPayload, RouterPlugin, StartHookPayload},
    },
    telemetry::logging::request_id::REQUEST_IDENTIFIERS,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    client,
    config::Config,
    graphql::OverWebSocket,
    health::{LIVE_PATH, READY_PATH, Readiness},
    identity::{Identity, Refusal},
    jwks::{KeepFresh, KeySet},
    render::ROUTER_SECRET_HEADER,
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Codes of errors whose messages our subgraphs write for clients to read.
const READABLE_CODES: [&str; 4] = ["UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED", "BAD_USER_INPUT"];

/// What the plugin is told through hive-router's configuration.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EdgeConfig {
    jwks_url: String,
    issuer: String,
    audience: String,
    trusted_proxy_hops: usize,
    subgraphs: Vec<(String, String)>,
}

impl From<&Config> for EdgeConfig {
    fn from(config: &Config) -> Self {
        let subgraphs = config.subgraphs.named().map(|(name, url)| (name.to_owned(), url.to_string()));
        Self {
            jwks_url: config.jwt.jwks_url.to_string(),
            issuer: config.jwt.issuer.clone(),
            audience: config.jwt.audience.clone(),
            trusted_proxy_hops: config.trusted_proxy_hops,
            subgraphs: subgraphs.into(),
        }
    }
}

/// The plugin.
pub(crate) struct Edge {
    identity: Identity,
    readiness: Readiness,
    trusted_proxy_hops: usize,
}

#[async_trait]
impl RouterPlugin for Edge {
    type Config = EdgeConfig;

    fn plugin_name() -> &'static str {
        "edge"
    }

    fn on_plugin_init(mut payload: OnPluginInitPayload<Self>) -> OnPluginInitResult<Self> {
        let config = payload.config()?;
        let client = reqwest::Client::new();
        let keys = Arc::new(KeySet::new(config.jwks_url, client.clone()));
        payload.register_background_task(KeepFresh(Arc::clone(&keys)));

        let subgraphs = config.subgraphs.into_iter().map(|(name, url)| Ok((name, Url::parse(&url)?)));
        let subgraphs = subgraphs.collect::<Result<_, url::ParseError>>()?;
        payload.initialize_plugin(Self {
            identity: Identity::new(keys, &config.issuer, &config.audience),
            readiness: Readiness::new(subgraphs, client),
            trusted_proxy_hops: config.trusted_proxy_hops,
        })
    }

    fn on_http_request<'req>(&'req self, mut payload: OnHttpRequestHookPayload<'req>) -> OnHttpRequestHookFuture<'req> {
        Box::pin(async move {
            match payload.router_http_request.path() {
                LIVE_PATH => return payload.end_with_response(json(StatusCode::OK, r#"{"status":"live"}"#.to_owned())),
                READY_PATH => {
                    let (is_ready, report) = self.readiness.report(self.identity.is_ready()).await;
                    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                    return payload.end_with_response(json(status, report.to_string()));
                }
                _ => {}
            }

            self.name_client(&mut payload);
            let request_id = name_request(payload.router_http_request.headers_mut());
            if let Err(refusal) = self.identify(payload.router_http_request.headers_mut()).await {
                // Refused later, in the form that the client accepts and with the headers that a browser wants.
                payload.context.insert(refusal);
            }
            payload.on_end(move |mut payload| {
                if let Some(request_id) = request_id {
                    payload.response.response_mut().headers_mut().insert(REQUEST_ID, request_id);
                }
                payload.proceed()
            })
        })
    }

    async fn on_graphql_params<'exec>(
        &'exec self,
        payload: OnGraphQLParamsStartHookPayload<'exec>,
    ) -> OnGraphQLParamsStartHookResult<'exec> {
        let refusal = payload.context.get_ref::<Refusal>().map(|refusal| *refusal);
        match refusal {
            Some(refusal) => {
                let error = GraphQLError::from_message_and_code(refusal.message(), refusal.code());
                payload.end_with_graphql_error(error, refusal.status())
            }
            None => payload.proceed(),
        }
    }

    fn on_graphql_error<'req>(
        &'req self,
        mut payload: OnGraphQLErrorHookPayload<'req>,
    ) -> OnGraphQLErrorHookResult<'req> {
        let extensions = &mut payload.error.extensions;
        if extensions.service_name.is_none() && extensions.code.as_deref().is_some_and(is_malformed) {
            extensions.code = Some("BAD_USER_INPUT".to_owned());
        }
        if extensions.code.as_deref().is_some_and(|code| READABLE_CODES.contains(&code)) {
            // hive-router masks the message of an error that names a subgraph; without the name it stays.
            extensions.service_name = None;
        }
        payload.proceed()
    }
}

impl Edge {
    /// Says in `x-forwarded-for` who the client is: one address that it cannot choose.
    fn name_client(&self, payload: &mut OnHttpRequestHookPayload<'_>) {
        let request = &mut payload.router_http_request;
        if request.extensions().contains::<OverWebSocket>() {
            // The WebSocket's own request went through here and was named then.
            return;
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        let forwarded_for: Vec<_> =
            request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        let address = client::address(peer, Some(&forwarded_for.join(",")), self.trusted_proxy_hops);
        let headers = request.headers_mut();
        headers.remove(FORWARDED_FOR);
        headers.remove(ROUTER_SECRET_HEADER);
        if let Some(address) = address.and_then(|address| HeaderValue::try_from(address.to_string()).ok()) {
            headers.insert(FORWARDED_FOR, address);
        }
    }

    /// Checks the access token, if there is one. A bad one is taken out, so that nothing behind can mistake it.
    async fn identify(&self, headers: &mut HeaderMap) -> Result<(), Refusal> {
        // Each operation on a WebSocket is checked when it starts, not the request that opens it.
        if headers.contains_key(UPGRADE) {
            return Ok(());
        }
        let given: Vec<_> =
            headers.get_all(AUTHORIZATION).map(|value| value.to_str().unwrap_or("").to_owned()).collect();
        let outcome = match given.as_slice() {
            [] => Ok(()),
            [authorization] => self.identity.check(authorization).await,
            _ => Err(Refusal::Invalid),
        };
        if outcome.is_err() {
            headers.remove(AUTHORIZATION);
        }
        outcome
    }
}

/// Puts the id that hive-router found or made for this request where subgraphs will see it.
fn name_request(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let id = REQUEST_IDENTIFIERS.try_with(|request| request.req_id().to_owned()).ok()?;
    let id = HeaderValue::try_from(id).ok()?;
    headers.insert(REQUEST_ID, id.clone());
    Some(id)
}

/// Whether hive-router's code says that the query itself is wrong: it could not be read, or breaks a rule of GraphQL,
/// whose name is the code then (`KnownArgumentNames`). The limits' codes stay, they say more than the contract's one.
fn is_malformed(code: &str) -> bool {
    matches!(
        code,
        "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "OPERATION_RESOLUTION_FAILURE" | "BAD_REQUEST"
    ) || code.contains(|letter: char| letter.is_ascii_lowercase())
}

fn json(status: StatusCode, body: String) -> Response {
    Response::build(status).header(CONTENT_TYPE, "application/json").body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_query_is_told_from_one_that_asks_too_much() {
        assert!(is_malformed("KnownArgumentNames") && is_malformed("GRAPHQL_PARSE_FAILED"));
        assert!(!is_malformed("MAX_DEPTH_EXCEEDED") && !is_malformed("UNAUTHENTICATED"));
    }
}
