//! Headers that every response of the public port bears, whoever made it: they tell browsers and proxies what they must not do with it.

use std::{net::IpAddr, rc::Rc};

use hive_router::ntex::{
    self, Middleware, SharedCfg,
    http::{
        HeaderMap,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    service::{Service, ServiceCtx},
    web::{self, DefaultError},
};

/// For all but the web player's files, which bring their own: nothing of it may be run, shown or framed.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Whether browsers must use TLS from now on is told only to those that do already: for a year.
const TRANSPORT_POLICY: &str = "max-age=31536000";

/// Says whether a peer is a proxy of ours, whose word on how the client came is believed.
pub(crate) type IsTrustedProxy = Rc<dyn Fn(Option<IpAddr>) -> bool>;

/// The middleware.
pub(crate) struct SecurityHeaders(pub(crate) IsTrustedProxy);

/// The middleware around a service.
pub(crate) struct WithSecurityHeaders<S> {
    service: S,
    is_trusted_proxy: IsTrustedProxy,
}

impl<S> Middleware<S, SharedCfg> for SecurityHeaders {
    type Service = WithSecurityHeaders<S>;

    fn create(&self, service: S, _config: SharedCfg) -> Self::Service {
        WithSecurityHeaders { service, is_trusted_proxy: Rc::clone(&self.0) }
    }
}

impl<S> Service<web::WebRequest<DefaultError>> for WithSecurityHeaders<S>
where
    S: Service<web::WebRequest<DefaultError>, Response = web::WebResponse, Error = web::Error>,
{
    type Response = web::WebResponse;
    type Error = web::Error;

    ntex::forward_ready!(service);
    ntex::forward_poll!(service);
    ntex::forward_shutdown!(service);

    async fn call(
        &self,
        request: web::WebRequest<DefaultError>,
        ctx: ServiceCtx<'_, Self>,
    ) -> Result<Self::Response, Self::Error> {
        let over_tls = came_over_tls(request.headers())
            && (self.is_trusted_proxy)(request.peer_addr().map(|address| address.ip()));
        let mut response = ctx.call(&self.service, request).await?;
        add(response.headers_mut(), over_tls);
        Ok(response)
    }
}

/// Whether a proxy says that the client spoke TLS with it. The last word is that of the proxy nearest to us.
fn came_over_tls(headers: &HeaderMap) -> bool {
    let protocols = headers.get_all(HeaderName::from_static("x-forwarded-proto"));
    let last = protocols.filter_map(|value| value.to_str().ok()).last();
    last.and_then(|list| list.rsplit(',').next()).is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("https"))
}

fn add(headers: &mut HeaderMap, over_tls: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The web player's files say themselves what they may do and how long they are good.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY));
        // An answer may bear tokens, and is one person's.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if over_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT_POLICY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_nearest_to_us_says_how_the_client_came() {
        let over_tls = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HeaderName::from_static("x-forwarded-proto"), HeaderValue::from_static(value));
            }
            came_over_tls(&headers)
        };
        assert!(over_tls(&["https"]) && over_tls(&["http, HTTPS"]) && over_tls(&["http", "https"]));
        assert!(!over_tls(&[]) && !over_tls(&["http"]) && !over_tls(&["https, http"]));
    }

    #[test]
    fn data_may_run_nothing_and_files_say_for_themselves() {
        let added = |policy: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(policy) = policy {
                headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            }
            add(&mut headers, false);
            let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            (text(CONTENT_SECURITY_POLICY), text(CACHE_CONTROL), text(X_CONTENT_TYPE_OPTIONS))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(added(None), (some(DATA_POLICY), some("no-store"), some("nosniff")));
        assert_eq!(added(Some("script-src 'self'")), (some("script-src 'self'"), some("no-cache"), some("nosniff")));
    }
}
