//! The plugin of ours in hive-router. It admits each request before anything else is done with it (`admission`), answers what is
//! not GraphQL's, gives each request an id, and lets through the messages of errors that clients are meant to read.

mod admission;
mod counting;

use std::sync::Arc;

use hive_router::{
    GraphQLError, PlanExecutionOutput, async_trait,
    background_tasks::{BackgroundTask, CancellationToken},
    http::StatusCode,
    ntex::{
        http::{
            HeaderMap, Response,
            header::{HeaderName, HeaderValue},
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
            on_subgraph_http_request::{OnSubgraphHttpRequestHookPayload, OnSubgraphHttpRequestHookResult},
        },
        plugin_context::PluginContext,
        plugin_trait::{EndHookPayload, RouterPlugin, StartHookPayload},
    },
    query_planner::state::supergraph_state::OperationKind,
    telemetry::logging::request_id::REQUEST_IDENTIFIERS,
};
use polyphony_revocations::Revoked;
use serde::{Deserialize, Serialize};

use crate::{
    config::{Config, Environment},
    errors,
    jwks::KeepFresh,
    limits::Operation,
    opaque, private,
    response::{self, RateLimitHeaders},
    routes::Route,
    state::EdgeState,
};

use self::{
    admission::{Admission, Rejection},
    counting::{ACCOUNTS, LOGIN_OUTCOME},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
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
            let request = &payload.router_http_request;
            let route = match self.state.routes.find(request.method(), request.path(), request.headers()) {
                None => return payload.end_with_response(Response::NotFound().finish()),
                Some(Route::SecurityTxt) => return payload.end_with_response(self.state.security_txt()),
                Some(route) => route,
            };
            self.set_forwarded_for(&mut payload);
            if let Some(answer) = self.file(route, &payload) {
                return payload.end_with_response(answer);
            }
            let request_id = set_request_id(payload.router_http_request.headers_mut());
            let rate_limit = match route {
                Route::Operation => self.admit(&mut payload).await,
                // Neither executes anything: each operation on a socket is admitted when it starts.
                _ => RateLimitHeaders::None,
            };
            let state = Arc::clone(&self.state);
            payload.on_end(move |mut payload| {
                let headers = payload.response.response_mut().headers_mut();
                if let Some(request_id) = request_id {
                    headers.insert(REQUEST_ID, request_id);
                }
                rate_limit.write(headers);
                let Some(finished) = payload.context.get_mut::<Admission>().map(|mut admission| admission.finish())
                else {
                    return payload.proceed();
                };
                if let Some(buckets) = finished.login_refund {
                    let state = Arc::clone(&state);
                    rt::spawn(async move { state.limiter.refund(&buckets).await });
                }
                if let Some(permits) = finished.subscription {
                    let context = finished.context;
                    payload =
                        payload.map_response(|response| response::with_permits(response, permits, state, context));
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
        let rejection = match payload.context.get_ref::<Admission>() {
            None => Some(Rejection::NotAdmitted),
            Some(admission) => admission.rejection,
        };
        match rejection {
            None => payload.proceed(),
            Some(rejection) => {
                let (error, status) = rejection.error();
                payload.end_with_graphql_error(error, status)
            }
        }
    }

    async fn on_graphql_validation<'exec>(
        &'exec self,
        payload: OnGraphQLValidationStartHookPayload<'exec>,
    ) -> OnGraphQLValidationStartHookResult<'exec> {
        if self.state.public_fields.is_some()
            && !is_signed_in(payload.context)
            && private::is_never_public(&payload.document)
        {
            let error = GraphQLError::from_message_and_code(private::MESSAGE, private::CODE);
            return payload.end_with_graphql_error(error, StatusCode::UNAUTHORIZED);
        }
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
        let context = payload.context.get_ref::<Admission>().map(|admission| admission.context.clone());
        let Some(context) = context else { return refused(StatusCode::FORBIDDEN, Rejection::NotAdmitted.error().0) };
        let operation = payload.filtered_operation_for_plan;
        if let Some(public) = &self.state.public_fields
            && context.caller.is_none()
            && !public.contain(operation)
        {
            let error = GraphQLError::from_message_and_code(private::MESSAGE, private::CODE);
            return refused(StatusCode::UNAUTHORIZED, error);
        }
        let counted = Operation { definition: operation, variables: payload.coerced_variables() };
        if let Err(retry_after_ms) = self.count(payload.context, &context, counted).await {
            return rate_limited(retry_after_ms);
        }
        let subscription = if matches!(operation.operation_kind, Some(OperationKind::Subscription)) {
            let Some(permits) = self.state.acquire_subscription(&context) else {
                return rate_limited(CAPACITY_RETRY_AFTER_MS);
            };
            Some(permits)
        } else {
            None
        };
        if let Some(mut admission) = payload.context.get_mut::<Admission>() {
            admission.subscription = subscription;
        }
        OnGraphqlAnalysisHookResult::Proceed
    }

    async fn on_subgraph_http_request<'exec>(
        &'exec self,
        payload: OnSubgraphHttpRequestHookPayload<'exec>,
    ) -> OnSubgraphHttpRequestHookResult<'exec> {
        if payload.subgraph_name != ACCOUNTS || !counting::may_sign_in(payload.context) {
            return payload.proceed();
        }
        payload.on_end(|payload| {
            if payload.response.headers.get(LOGIN_OUTCOME).is_some_and(|outcome| outcome == "ok") {
                counting::note_sign_in(payload.context);
            }
            payload.proceed()
        })
    }

    fn on_graphql_error<'req>(
        &'req self,
        mut payload: OnGraphQLErrorHookPayload<'req>,
    ) -> OnGraphQLErrorHookResult<'req> {
        let is_known = is_signed_in(payload.context);
        errors::make_readable(&mut payload.error, is_known, self.opaque);
        payload.proceed()
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

fn is_signed_in(context: &PluginContext) -> bool {
    context.get_ref::<Admission>().is_some_and(|admission| admission.context.caller.is_some())
}

fn rate_limited(retry_after_ms: u64) -> OnGraphqlAnalysisHookResult {
    refused(StatusCode::TOO_MANY_REQUESTS, errors::rate_limited(retry_after_ms))
}

/// Ends the request with one error.
fn refused(status_code: StatusCode, error: GraphQLError) -> OnGraphqlAnalysisHookResult {
    OnGraphqlAnalysisHookResult::EndWithResponse(PlanExecutionOutput {
        body: errors::body(error),
        error_count: 1,
        status_code,
    })
}
