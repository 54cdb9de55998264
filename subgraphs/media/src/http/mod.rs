//! What players fetch from us directly: signed playlists, and pictures. Segments and files come from the object store.

mod hls;
mod images;
mod originals;

use std::time::Duration;

use axum::{
    Router,
    http::{
        HeaderValue, Method, StatusCode,
        header::{RETRY_AFTER, X_CONTENT_TYPE_OPTIONS},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use polyphony_kit::server::in_request_scope;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    timeout::TimeoutLayer,
};

use crate::app::App;

/// A request that takes longer is answered with 408.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// `/v1/…`, open to every origin: a URL that was signed for a player may be used wherever the player runs. It is all that is
/// served on the public port.
pub fn routes(app: &App) -> Router {
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::HEAD]).allow_headers(Any);
    Router::new()
        .route("/v1/hls/{upload}/{file}", get(hls::playlist).layer(CompressionLayer::new()))
        .route("/v1/images/{file}", get(images::image))
        .route("/v1/covers/{file}", get(images::cover))
        .route("/v1/originals/{upload}", get(originals::original))
        .layer(cors)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(middleware::map_response(as_it_says))
        .layer(middleware::from_fn(in_request_scope))
        .with_state(app.clone())
}

/// What is served is what its content type says, whatever it looks like.
async fn as_it_says(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Why a player gets nothing.
#[derive(Debug)]
pub enum Refused {
    /// The signature is not ours, not for this, or over.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It is being made; the player asks again.
    NotYet,
    /// Our mistake.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Forbidden => (StatusCode::FORBIDDEN, "the signature of this URL is wrong or over").into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, "this is not here, or not to be had any more").into_response(),
            Self::NotYet => {
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], "this is being made").into_response()
            }
            Self::Failed(error) => {
                tracing::error!(error = format!("{error:#}"), "a player's request failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
