//! The plugin of ours in hive-router: it makes sure who asks and how often before anything else is done, gives each request an
//! id, answers health checks, and lets through the messages of errors that clients are meant to read.

use std::{collections::HashMap, sync::Arc};

use hive_router::{
    GraphQLError, PlanExecutionOutput, async_trait,
    background_tasks::{BackgroundTask, CancellationToken},
    http::{Method, StatusCode},
    ntex::{
        http::{
            HeaderMap, Response,
            header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, UPGRADE},
        },
        rt,
    },
    plugins::{
        hooks::{
            on_graphql_analysis::{OnGraphqlAnalysisHookPayload, OnGraphqlAnalysisHookResult},
            on_graphql_error::{OnGraphQLErrorHookPayload, OnGraphQLErrorHookResult},
            on_graphql_params::{OnGraphQLParamsStartHookPayload, OnGraphQLParamsStartHookResult},
            on_graphql_validation::{OnGraphQLValidationStartHookPayload, OnGraphQLValidationStartHookResult},
            on_http_request::{OnHttpRequestHookFuture, OnHttpRequestHookPayload},
            on_plugin_init::{OnPluginInitPayload, OnPluginInitResult},
        },
        plugin_trait::{EndHookPayload, RouterPlugin, StartHookPayload},
    },
    query_planner::state::supergraph_state::OperationKind,
    sonic_rs,
    telemetry::logging::request_id::REQUEST_IDENTIFIERS,
};
use polyphony_revocations::Revoked;
use serde::{Deserialize, Serialize};

use crate::{
    client,
    concurrency::Permit,
    config::{Config, Environment},
    errors,
    graphql::OverWebSocket,
    health::{LIVE_PATH, READY_PATH},
    identity::Refusal,
    jwks::KeepFresh,
    limits::{self, Bucket, Verdict, special_buckets},
    opaque,
    render::{GRAPHQL_PATH, ROUTER_SECRET_HEADER},
    response::{self, RateLimitHeaders},
    state::{API_KEY, EdgeState, RequestContext},
    subscriptions::SubscriptionPermit,
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// In which accounts hears how much the client may still ask for.
const REQUEST_BUDGET: HeaderName = HeaderName::from_static("x-request-budget");
/// How long a client waits that has too many subscriptions or requests open: nobody knows when one ends.
const CAPACITY_RETRY_AFTER_MS: u64 = 5_000;

/// What the plugin is configured with, through hive-router's configuration.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EdgeConfig {
    opaque: bool,
}

impl From<&Config> for EdgeConfig {
    fn from(config: &Config) -> Self {
        Self { opaque: config.environment == Environment::Production }
    }
}

/// The plugin.
pub(crate) struct Edge {
    state: Arc<EdgeState>,
    /// Whether what is wrong with a query is answered only roughly.
    opaque: bool,
}

/// Why a whole request is refused.
#[derive(Debug, Clone, Copy)]
enum Rejection {
    Unauthenticated(Refusal),
    RateLimited { retry_after_ms: u64 },
}

/// The variables of an operation that may name an account.
struct Variables(HashMap<String, sonic_rs::Value>);

/// The buckets that a lone `login` was counted in.
struct LoginAttempt(Vec<Bucket>);

/// The concurrency permit of a request that is executed.
struct ConcurrencyPermit(Option<Permit>);

/// The permit of the subscription that a request has started.
struct SubscriptionSlot(Option<SubscriptionPermit>);

#[async_trait]
impl RouterPlugin for Edge {
    type Config = EdgeConfig;

    fn plugin_name() -> &'static str {
        "edge"
    }

    fn on_plugin_init(mut payload: OnPluginInitPayload<Self>) -> OnPluginInitResult<Self> {
        let config = payload.config()?;
        let state = EdgeState::of_process().ok_or("the state of the edge is not set up")?;
        payload.register_background_task(KeepFresh(Arc::clone(&state.keys)));
        payload.register_background_task(FollowRevocations {
            redis_url: state.redis_url.clone(),
            revoked: state.revoked.clone(),
        });
        payload.initialize_plugin(Self { state, opaque: config.opaque })
    }

    fn on_http_request<'req>(&'req self, mut payload: OnHttpRequestHookPayload<'req>) -> OnHttpRequestHookFuture<'req> {
        Box::pin(async move {
            match payload.router_http_request.path() {
                LIVE_PATH => return payload.end_with_response(json(StatusCode::OK, r#"{"status":"live"}"#.to_owned())),
                READY_PATH => {
                    let (is_ready, report) = self.state.readiness.report(self.state.identity.is_ready()).await;
                    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                    return payload.end_with_response(json(status, report.to_string()));
                }
                _ => {}
            }

            self.set_forwarded_for(&mut payload);
            let request_id = set_request_id(payload.router_http_request.headers_mut());
            let rate_limit = self.admit(&mut payload).await;
            let state = Arc::clone(&self.state);
            payload.on_end(move |mut payload| {
                let headers = payload.response.response_mut().headers_mut();
                if let Some(request_id) = request_id {
                    headers.insert(REQUEST_ID, request_id);
                }
                rate_limit.write(headers);
                let login_buckets =
                    payload.context.get_mut::<LoginAttempt>().map(|mut attempt| std::mem::take(&mut attempt.0));
                if let Some(buckets) = login_buckets.filter(|_| response::has_signed_in(&payload.response)) {
                    let state = Arc::clone(&state);
                    rt::spawn(async move { state.limiter.refund(&buckets).await });
                }
                drop(payload.context.get_mut::<ConcurrencyPermit>().and_then(|mut permit| permit.0.take()));
                let permit = payload.context.get_mut::<SubscriptionSlot>().and_then(|mut slot| slot.0.take());
                let context = payload.context.get_ref::<RequestContext>().map(|context| context.clone());
                if let Some(permit) = permit {
                    payload = payload.map_response(|response| response::with_permit(response, permit, state, context));
                }
                payload.proceed()
            })
        })
    }

    async fn on_graphql_params<'exec>(
        &'exec self,
        payload: OnGraphQLParamsStartHookPayload<'exec>,
    ) -> OnGraphQLParamsStartHookResult<'exec> {
        // Refused here and not before, in the form that the client accepts and with the headers that a browser wants.
        let rejection = payload.context.get_ref::<Rejection>().map(|rejection| *rejection);
        match rejection {
            Some(Rejection::Unauthenticated(refusal)) => {
                let error = GraphQLError::from_message_and_code(refusal.message(), refusal.code());
                payload.end_with_graphql_error(error, refusal.status())
            }
            Some(Rejection::RateLimited { retry_after_ms }) => {
                payload.end_with_graphql_error(errors::rate_limited(retry_after_ms), StatusCode::TOO_MANY_REQUESTS)
            }
            None => payload.on_end(|payload| {
                // Executing takes the variables; those that name an account are needed then.
                let params = &payload.graphql_params;
                if params.query.as_deref().is_some_and(limits::names_an_account) {
                    payload.context.insert(Variables(params.variables.clone()));
                }
                payload.proceed()
            }),
        }
    }

    async fn on_graphql_validation<'exec>(
        &'exec self,
        payload: OnGraphQLValidationStartHookPayload<'exec>,
    ) -> OnGraphQLValidationStartHookResult<'exec> {
        if !self.opaque {
            return payload.proceed();
        }
        if let Some(answer) = opaque::no_such_type(&payload.document, payload.router_http_request.headers) {
            return payload.end_with_response(answer);
        }
        payload.on_end(|mut payload| {
            payload.errors = opaque::first(&payload.errors);
            payload.proceed()
        })
    }

    async fn on_graphql_analysis<'exec>(
        &'exec self,
        payload: &mut OnGraphqlAnalysisHookPayload<'exec>,
    ) -> OnGraphqlAnalysisHookResult {
        let context = payload.context.get_ref::<RequestContext>().map(|context| context.clone());
        let Some(context) = context else { return OnGraphqlAnalysisHookResult::Proceed };
        let operation = payload.filtered_operation_for_plan;
        let limiter = &self.state.limiter;
        let buckets = {
            let variables = payload.context.get_ref::<Variables>();
            let variables = variables.as_ref().map(|variables| &variables.0);
            special_buckets(&limiter.rates, operation, variables, context.caller.as_deref(), context.address)
        };
        if let Verdict::Wait(retry_after_ms) = limiter.take(&buckets).await {
            return rate_limited(retry_after_ms);
        }
        if limits::is_login_alone(operation) {
            payload.context.insert(LoginAttempt(buckets));
        }
        if matches!(operation.operation_kind, Some(OperationKind::Subscription)) {
            match self.state.subscriptions.acquire(context.client()) {
                Some(permit) => drop(payload.context.insert(SubscriptionSlot(Some(permit)))),
                None => return rate_limited(CAPACITY_RETRY_AFTER_MS),
            }
        }
        OnGraphqlAnalysisHookResult::Proceed
    }

    fn on_graphql_error<'req>(
        &'req self,
        mut payload: OnGraphQLErrorHookPayload<'req>,
    ) -> OnGraphQLErrorHookResult<'req> {
        let is_known = payload.context.get_ref::<RequestContext>().is_some_and(|context| context.caller.is_some());
        errors::make_readable(&mut payload.error, is_known, self.opaque);
        payload.proceed()
    }
}

impl Edge {
    /// Says in `x-forwarded-for` who the client is: one address that it cannot choose.
    fn set_forwarded_for(&self, payload: &mut OnHttpRequestHookPayload<'_>) {
        let request = &mut payload.router_http_request;
        let headers = request.headers_mut();
        headers.remove(ROUTER_SECRET_HEADER);
        headers.remove(REQUEST_BUDGET);
        if request.extensions().contains::<OverWebSocket>() {
            // The WebSocket's own request went through here and was named then.
            return;
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        let forwarded_for: Vec<_> =
            request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        let address = client::address(peer, Some(&forwarded_for.join(",")), self.state.trusted_proxy_hops);
        let headers = request.headers_mut();
        headers.remove(FORWARDED_FOR);
        if let Some(address) = address.and_then(|address| HeaderValue::try_from(address.to_string()).ok()) {
            headers.insert(FORWARDED_FOR, address);
        }
    }

    /// Looks at who asks and how often. A bad token is taken out, so that nothing behind can mistake it.
    async fn admit(&self, payload: &mut OnHttpRequestHookPayload<'_>) -> RateLimitHeaders {
        let request = &mut payload.router_http_request;
        // Each operation on a WebSocket is checked when it starts, not the request that opens it.
        let is_operation = request.path() == GRAPHQL_PATH && request.method() != Method::OPTIONS;
        if !is_operation || request.headers().contains_key(UPGRADE) {
            return RateLimitHeaders::None;
        }
        let headers = request.headers_mut();
        let address = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok()?.parse().ok());
        let authenticated = self.state.authenticate(headers).await;
        headers.remove(API_KEY);
        let caller = match authenticated {
            Ok(None) => None,
            Ok(Some(authenticated)) => {
                let token = authenticated.token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
                if let Some(token) = token {
                    headers.insert(AUTHORIZATION, token);
                }
                Some(authenticated.caller)
            }
            Err(refusal) => {
                headers.remove(AUTHORIZATION);
                payload.context.insert(Rejection::Unauthenticated(refusal));
                None
            }
        };
        let context = RequestContext { address, caller };
        let buckets = self.state.limiter.buckets_of(context.caller.as_deref(), context.address);
        payload.context.insert(context.clone());
        let budget = match self.state.limiter.take(&buckets).await {
            Verdict::Pass(budget) => budget,
            Verdict::Wait(wait_ms) => return reject(payload, self.state.tarpit.delay(wait_ms).await),
        };
        let Some(permit) = self.state.acquire_permit(&context).await else {
            return reject(payload, CAPACITY_RETRY_AFTER_MS);
        };
        payload.context.insert(ConcurrencyPermit(Some(permit)));
        let Some(budget) = budget else { return RateLimitHeaders::None };
        let text = format!("{} {} {}", budget.limit, budget.remaining, budget.full_in_ms);
        if let Ok(value) = HeaderValue::try_from(text) {
            payload.router_http_request.headers_mut().insert(REQUEST_BUDGET, value);
        }
        RateLimitHeaders::Remaining(budget)
    }
}

/// Keeps the revocations fresh for as long as the router runs.
struct FollowRevocations {
    redis_url: String,
    revoked: Revoked,
}

#[async_trait]
impl BackgroundTask for FollowRevocations {
    fn id(&self) -> &'static str {
        "revocations"
    }

    async fn run(&self, stopped: CancellationToken) {
        tokio::select! {
            () = polyphony_revocations::follow(self.redis_url.clone(), self.revoked.clone()) => {}
            () = stopped.cancelled() => {}
        }
    }
}

/// Puts the id that hive-router found or made for this request where subgraphs will see it.
fn set_request_id(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let id = REQUEST_IDENTIFIERS.try_with(|request| request.req_id().to_owned()).ok()?;
    let id = HeaderValue::try_from(id).ok()?;
    headers.insert(REQUEST_ID, id.clone());
    Some(id)
}

/// Has the whole request refused, later, when it is known in which form.
fn reject(payload: &OnHttpRequestHookPayload<'_>, retry_after_ms: u64) -> RateLimitHeaders {
    payload.context.insert(Rejection::RateLimited { retry_after_ms });
    RateLimitHeaders::RetryAfter(retry_after_ms)
}

fn rate_limited(retry_after_ms: u64) -> OnGraphqlAnalysisHookResult {
    OnGraphqlAnalysisHookResult::EndWithResponse(PlanExecutionOutput {
        body: limits::refusal(retry_after_ms),
        error_count: 1,
        status_code: StatusCode::TOO_MANY_REQUESTS,
    })
}

fn json(status: StatusCode, body: String) -> Response {
    Response::build(status).header(CONTENT_TYPE, "application/json").body(body)
}
