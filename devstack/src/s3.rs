//! The embedded S3 server on a folder, behind the CORS answers that browsers need for presigned uploads.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use clap::Args;
use http::{Method, StatusCode, header};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::objects::Objects;
use crate::shutdown;
use crate::store::Store;

/// How long requests under way may take to end after a signal.
const DRAIN: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(crate) struct S3Args {
    /// The address to listen on.
    #[arg(long, env = "S3_BIND", default_value = "127.0.0.1:4190")]
    bind: SocketAddr,
    /// The folder that holds the objects; made when it is missing.
    #[arg(long, env = "S3_DATA")]
    data: PathBuf,
    /// The bucket that is made at the start.
    #[arg(long, env = "S3_BUCKET", default_value = "polyphony")]
    bucket: String,
    /// The only access key.
    #[arg(long, env = "S3_ACCESS_KEY_ID")]
    access_key: String,
    /// The secret of the access key.
    #[arg(long, env = "S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    secret_key: String,
}

/// Serves until a signal asks to stop, then lets requests under way end.
pub(crate) async fn serve(args: S3Args) -> anyhow::Result<()> {
    let stop = shutdown::requested()?;
    std::fs::create_dir_all(&args.data).with_context(|| format!("create the folder {}", args.data.display()))?;
    let store = Store::open(&args.data).with_context(|| format!("open the data folder {}", args.data.display()))?;
    store.create_bucket(&args.bucket).context("create the bucket")?;
    let app = app(&args, store);
    let listener = TcpListener::bind(args.bind).await.with_context(|| format!("listen on {}", args.bind))?;
    tracing::info!(address = %listener.local_addr()?, bucket = %args.bucket, "s3 server listens");

    let (draining, drain) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.await;
        // The receiver is gone only when the server ended by itself.
        let _ = draining.send(());
    });
    tokio::select! {
        served = async { serving.await } => served.context("serve S3"),
        () = async { if drain.await.is_ok() { tokio::time::sleep(DRAIN).await } else { std::future::pending().await } } => Ok(()),
    }
}

fn app(args: &S3Args, store: Store) -> Router {
    let mut builder = S3ServiceBuilder::new(Objects::new(store));
    builder.set_auth(SimpleAuth::from_single(args.access_key.clone(), args.secret_key.clone()));
    Router::new().fallback(answer).layer(cors()).with_state(builder.build())
}

async fn answer(State(s3): State<S3Service>, request: Request) -> Response {
    let again = as_signed_for_get(&request);
    let response = pass(&s3, request).await;
    match again {
        Some(get) if response.status() == StatusCode::FORBIDDEN => pass(&s3, get).await.map(|_| Body::empty()),
        _ => response,
    }
}

/// A presigned URL is for one method; CDNs answer HEAD with a GET's signature, and so do we.
fn as_signed_for_get(request: &Request) -> Option<Request> {
    let is_presigned = request.uri().query().is_some_and(|query| query.contains("X-Amz-Signature="));
    if request.method() != Method::HEAD || !is_presigned {
        return None;
    }
    let mut get = Request::new(Body::empty());
    *get.method_mut() = Method::GET;
    request.uri().clone_into(get.uri_mut());
    request.headers().clone_into(get.headers_mut());
    Some(get)
}

async fn pass(s3: &S3Service, request: Request) -> Response {
    match s3.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(?error, "the S3 request could not be answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Any page may use a presigned URL: the signature is the permission, as with a bucket's CORS rules on a real S3.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list([
            header::ETAG,
            header::ACCEPT_RANGES,
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
        ]))
        .max_age(Duration::from_hours(1))
}
