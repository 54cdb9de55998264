//! Admission: who asks and how often is made sure of before anything else is done with a request. What it finds goes from hook to
//! hook in one value, [`Admission`]; a request without one was not admitted, and nothing of it is executed.

use std::net::IpAddr;

use hive_router::{
    GraphQLError,
    http::StatusCode,
    ntex::http::{
        HeaderMap, Response,
        header::{AUTHORIZATION, HeaderName, HeaderValue},
    },
    plugins::hooks::on_http_request::OnHttpRequestHookPayload,
};

use crate::{
    concurrency::Permit,
    errors,
    graphql::OverWebSocket,
    identity::Refusal,
    limits::{Bucket, Verdict},
    render::ROUTER_SECRET_HEADER,
    response::RateLimitHeaders,
    routes::Route,
    site,
    state::{API_KEY, Authenticated, RequestContext},
    subscriptions::SubscriptionPermits,
};

use super::{CAPACITY_RETRY_AFTER_MS, Edge, counting::LoginAttempt};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Tells accounts how much the client may still ask for.
const REQUEST_BUDGET: HeaderName = HeaderName::from_static("x-request-budget");
/// Headers of a distributed trace (W3C Trace Context, Baggage).
const TRACE_HEADERS: [HeaderName; 3] =
    [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate"), HeaderName::from_static("baggage")];

/// All that the hooks of one request share.
pub(super) struct Admission {
    /// Whom the request comes from.
    pub(super) context: RequestContext,
    /// Why it is refused, if it is.
    pub(super) rejection: Option<Rejection>,
    /// The attempt to sign in that it is, if it is one.
    pub(super) login: Option<LoginAttempt>,
    /// The permit to execute it.
    pub(super) permit: Option<Permit>,
    /// The permits of the subscription that it has started.
    pub(super) subscription: Option<SubscriptionPermits>,
}

/// What is left to do when the response is made.
pub(super) struct Finished {
    pub(super) context: RequestContext,
    pub(super) login_refund: Option<Vec<Bucket>>,
    pub(super) subscription: Option<SubscriptionPermits>,
}

impl Admission {
    /// Gives the request's permit back, and hands over what outlives it.
    pub(super) fn finish(&mut self) -> Finished {
        self.permit = None;
        Finished {
            context: self.context.clone(),
            login_refund: self.login.take().and_then(LoginAttempt::refund),
            subscription: self.subscription.take(),
        }
    }
}

/// Why a whole request is refused.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rejection {
    /// It was never counted.
    NotAdmitted,
    /// It bears a credential that is no good.
    Unauthenticated(Refusal),
    /// Its client asks too often, or too much at once.
    RateLimited { retry_after_ms: u64 },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited { retry_after_ms } => Self::RateLimited { retry_after_ms },
            _ => Self::Unauthenticated(refusal),
        }
    }
}

impl Rejection {
    /// The error that the client is answered with.
    pub(super) fn error(self) -> (GraphQLError, StatusCode) {
        match self {
            Self::NotAdmitted => {
                let error = GraphQLError::from_message_and_code("This request is not one that is served.", "FORBIDDEN");
                (error, StatusCode::FORBIDDEN)
            }
            Self::Unauthenticated(refusal) => {
                (GraphQLError::from_message_and_code(refusal.message(), refusal.code()), refusal.status())
            }
            Self::RateLimited { retry_after_ms } => {
                (errors::rate_limited(retry_after_ms), StatusCode::TOO_MANY_REQUESTS)
            }
        }
    }
}

impl Edge {
    /// Sets `x-forwarded-for` to the client's address, one that it cannot choose, and removes what only we may say.
    pub(super) fn set_forwarded_for(&self, payload: &mut OnHttpRequestHookPayload<'_>) {
        let request = &mut payload.router_http_request;
        let headers = request.headers_mut();
        headers.remove(ROUTER_SECRET_HEADER);
        headers.remove(REQUEST_BUDGET);
        if request.extensions().contains::<OverWebSocket>() {
            // The WebSocket's own request went through here and was named then.
            return;
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        // A line that is no text is a hop that is not known.
        let lines: Vec<_> =
            request.headers().get_all(FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default()).collect();
        let address = self.state.trusted_proxies.client(peer, lines.into_iter());
        let headers = request.headers_mut();
        headers.remove(FORWARDED_FOR);
        if let Some(address) = address.and_then(|address| HeaderValue::try_from(address.to_string()).ok()) {
            headers.insert(FORWARDED_FOR, address);
        }
    }

    /// The answer to a request for a file; `None` when the route is none of a file's.
    pub(super) fn file(&self, route: Route, payload: &OnHttpRequestHookPayload<'_>) -> Option<Response> {
        let request = &payload.router_http_request;
        let page = match route {
            Route::Site => self.state.site.answer(request.method(), request.path(), request.headers()),
            Route::Explorer => self.state.site.explorer(request.method(), request.path(), request.headers()),
            _ => return None,
        };
        match self.state.limiter.take_for_file(address(request.headers())) {
            Verdict::Pass(_) => Some(page),
            Verdict::Wait(retry_after_ms) => Some(site::too_many(retry_after_ms)),
        }
    }

    /// Counts an operation, and finds who asks for it. What is refused is answered later, when it is known in which form.
    pub(super) async fn admit(&self, payload: &mut OnHttpRequestHookPayload<'_>) -> RateLimitHeaders {
        let (context, mut rejection) = self.authenticate(payload).await;
        if context.caller.is_none() {
            // A stranger's word does not decide what is traced: its requests begin traces of their own.
            let headers = payload.router_http_request.headers_mut();
            for name in &TRACE_HEADERS {
                headers.remove(name);
            }
        }
        let buckets = self.state.limiter.buckets_of(context.caller.as_deref(), context.address);
        let (mut permit, mut rate_limit) = (None, RateLimitHeaders::None);
        match self.state.limiter.take(&buckets).await {
            Verdict::Wait(wait_ms) => {
                let retry_after_ms = self.state.tarpit.delay(wait_ms).await;
                rejection = Some(Rejection::RateLimited { retry_after_ms });
            }
            Verdict::Pass(budget) => {
                permit = self.state.acquire_permit(&context).await;
                match (&permit, budget) {
                    (None, _) => rejection = Some(Rejection::RateLimited { retry_after_ms: CAPACITY_RETRY_AFTER_MS }),
                    (Some(_), Some(budget)) => rate_limit = RateLimitHeaders::Remaining(budget),
                    (Some(_), None) => {}
                }
            }
        }
        if let RateLimitHeaders::Remaining(budget) = rate_limit {
            let text = format!("{} {} {}", budget.limit, budget.remaining, budget.full_in_ms);
            if let Ok(value) = HeaderValue::try_from(text) {
                payload.router_http_request.headers_mut().insert(REQUEST_BUDGET, value);
            }
        }
        if let Some(Rejection::RateLimited { retry_after_ms }) = rejection {
            rate_limit = RateLimitHeaders::RetryAfter(retry_after_ms);
        }
        payload.context.insert(Admission { context, rejection, login: None, permit, subscription: None });
        rate_limit
    }

    /// Finds who asks. A bad credential is taken out, so that nothing behind can mistake it.
    async fn authenticate(&self, payload: &mut OnHttpRequestHookPayload<'_>) -> (RequestContext, Option<Rejection>) {
        let headers = payload.router_http_request.headers_mut();
        let address = address(headers);
        let authenticated = self.state.authenticate(headers, address).await;
        headers.remove(API_KEY);
        let mut context = RequestContext { address, caller: None, exchanged: None, is_over_websocket: false };
        let mut rejection = None;
        match authenticated {
            Ok(None) => {}
            Ok(Some(Authenticated { caller, exchanged })) => {
                let token = exchanged.as_ref().map(|exchanged| format!("Bearer {}", exchanged.token));
                if let Some(token) = token.and_then(|token| HeaderValue::try_from(token).ok()) {
                    headers.insert(AUTHORIZATION, token);
                }
                context = RequestContext { caller: Some(caller), exchanged, ..context };
            }
            Err(refusal) => {
                headers.remove(AUTHORIZATION);
                rejection = Some(Rejection::from(refusal));
            }
        }
        context.is_over_websocket = payload.router_http_request.extensions().contains::<OverWebSocket>();
        (context, rejection)
    }
}

/// The client's address, after [`Edge::set_forwarded_for`].
fn address(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok()?.parse().ok())
}
