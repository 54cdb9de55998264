//! The router's GraphQL endpoint, called from within the process. A WebSocket's operations go through it as requests,
//! so that they meet the same checks, headers and limits as those that come over HTTP.

use futures::{StreamExt, future::LocalBoxFuture, stream::LocalBoxStream};
use hive_router::ntex::{
    Pipeline, Service,
    http::{
        HeaderMap, Method, Payload, Request,
        body::{Body, ResponseBody},
        header::{ACCEPT, CONTENT_TYPE, HeaderValue},
    },
    util::{Bytes, BytesMut},
    web::{self, WebResponse},
};

use crate::render::GRAPHQL_PATH;

/// Marks a request that a WebSocket of ours made. It is an extension, so no client can set it.
pub(crate) struct OverWebSocket;

/// What an operation is answered with.
pub(crate) enum Answer {
    /// The whole JSON result.
    Single(Bytes),
    /// The JSON results of a subscription, one after the other.
    Stream(LocalBoxStream<'static, String>),
}

type Call = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<WebResponse, web::Error>>>;

/// The endpoint. Each worker thread has its own.
pub(crate) struct GraphQl {
    call: Call,
}

impl GraphQl {
    /// The endpoint that `pipeline` serves.
    pub(crate) fn new<S>(pipeline: Pipeline<S>) -> Self
    where
        S: Service<Request, Response = WebResponse, Error = web::Error> + 'static,
    {
        Self { call: Box::new(move |request| Box::pin(pipeline.call_static(request))) }
    }

    /// Executes `operation`, a JSON object as it is posted over HTTP.
    pub(crate) async fn execute(&self, headers: HeaderMap, operation: Vec<u8>) -> Result<Answer, web::Error> {
        let mut response = (self.call)(request(headers, operation)).await?;
        let streams = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        let body = response.take_body();
        if streams { Ok(Answer::Stream(events(body))) } else { Ok(Answer::Single(whole(body).await)) }
    }
}

fn request(headers: HeaderMap, operation: Vec<u8>) -> Request {
    let operation = Bytes::from(operation);
    let payload = Payload::from_stream(futures::stream::iter([Ok(operation)]));
    let mut request = Request::with_payload(payload);
    let head = request.head_mut();
    head.method = Method::POST;
    head.uri = hive_router::http::Uri::from_static(GRAPHQL_PATH);
    head.headers = headers;
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    request.extensions_mut().insert(OverWebSocket);
    request
}

async fn whole(mut body: ResponseBody<Body>) -> Bytes {
    let mut bytes = BytesMut::new();
    while let Some(Ok(chunk)) = body.next().await {
        bytes.extend_from_slice(&chunk);
    }
    bytes.freeze()
}

/// The data of the server-sent events in `body`. Heartbeats and the event that says "complete" carry none.
fn events(body: ResponseBody<Body>) -> LocalBoxStream<'static, String> {
    let state = (body, String::new());
    futures::stream::unfold(state, async |(mut body, mut unread)| {
        loop {
            if let Some(end) = unread.find("\n\n") {
                let event = unread[..end].to_owned();
                unread.drain(..end + 2);
                match event_data(&event) {
                    Some(data) => return Some((data.to_owned(), (body, unread))),
                    None => continue,
                }
            }
            let chunk = body.next().await?.ok()?;
            unread.push_str(std::str::from_utf8(&chunk).ok()?);
        }
    })
    .boxed_local()
}

/// The data of one event. hive-router writes each result on one line.
fn event_data(event: &str) -> Option<&str> {
    event.lines().find_map(|line| line.strip_prefix("data: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_results_have_data() {
        assert_eq!(event_data("event: next\ndata: {\"a\":1}"), Some("{\"a\":1}"));
        assert_eq!(event_data(":"), None);
        assert_eq!(event_data("event: complete"), None);
    }
}
