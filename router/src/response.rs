//! What a response says of the rate limits, and responses that are subscriptions.

use std::{rc::Rc, sync::Arc, time::Instant};

use hive_router::ntex::{
    http::{
        HeaderMap,
        body::{Body, ResponseBody},
        header::{HeaderName, HeaderValue, RETRY_AFTER},
    },
    web::WebResponse,
};

use crate::{
    lease::Lease,
    limits::Budget,
    state::{Authenticated, EdgeState, RequestContext},
    streaming::StreamFormat,
    subscriptions::{Lifetime, SubscriptionBody, SubscriptionPermits},
};

/// The `RateLimit` headers of a response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RateLimitHeaders {
    /// Nothing was counted.
    None,
    /// What is left.
    Remaining(Budget),
    /// Nothing is left for this many milliseconds.
    RetryAfter(u64),
}

impl RateLimitHeaders {
    /// Writes the `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers, and the three of its earlier versions).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let mut set = |name: &'static str, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        match self {
            Self::None => {}
            Self::Remaining(budget) => {
                let reset = budget.full_in_ms.div_ceil(1_000);
                set("ratelimit", format!("\"requests\";r={};t={reset}", budget.remaining));
                set("ratelimit-policy", format!("\"requests\";q={}", budget.limit));
                set("ratelimit-limit", budget.limit.to_string());
                set("ratelimit-remaining", budget.remaining.to_string());
                set("ratelimit-reset", reset.to_string());
            }
            Self::RetryAfter(milliseconds) => {
                let seconds = milliseconds.div_ceil(1_000);
                set("ratelimit", format!("\"requests\";r=0;t={seconds}"));
                set("ratelimit-remaining", "0".to_owned());
                set("ratelimit-reset", seconds.to_string());
                set(RETRY_AFTER.as_str(), seconds.to_string());
            }
        }
    }
}

/// The same response, which holds the permits of its subscription while it goes on, and ends with the client's token.
pub(crate) fn with_permits(
    response: WebResponse,
    permits: SubscriptionPermits,
    state: Arc<EdgeState>,
    context: RequestContext,
) -> WebResponse {
    let lifetime = match context.caller {
        _ if !permits.is_over_http() => Lifetime::OfSocket,
        Some(caller) => {
            Lifetime::Leased(Rc::new(Lease::new(state, Authenticated { caller, exchanged: context.exchanged })))
        }
        None => Lifetime::Until(Instant::now() + state.anonymous.lifetime),
    };
    let format = StreamFormat::of(response.headers());
    response.map_body(|_, body| {
        let goes_on = matches!(&body, ResponseBody::Body(Body::Message(_)) | ResponseBody::Other(Body::Message(_)));
        if !goes_on {
            // Rejected after all: the permits are released at once.
            return body;
        }
        ResponseBody::Other(Body::from_message(SubscriptionBody::new(body, format, lifetime, permits)))
    })
}
