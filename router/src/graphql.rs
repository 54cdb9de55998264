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
    Stream(LocalBoxStream<'static, Result<String, BrokenOff>>),
}

/// The results of a subscription ended in the middle.
#[derive(Debug)]
pub(crate) struct BrokenOff;

/// The blank line that ends a server-sent event.
const END_OF_EVENT: &[u8] = b"\n\n";

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

/// The data of the server-sent events in `body`. Heartbeats and the event that says "complete" carry none. The last item is an
/// error when the body breaks off.
fn events(body: ResponseBody<Body>) -> LocalBoxStream<'static, Result<String, BrokenOff>> {
    let state = Some((body, EventReader::default()));
    futures::stream::unfold(state, async |state| {
        let (mut body, mut reader) = state?;
        loop {
            if let Some(event) = reader.next_event() {
                let Some(data) = event_data(&event).map(str::to_owned) else { continue };
                return Some((Ok(data), Some((body, reader))));
            }
            match body.next().await? {
                Ok(chunk) => reader.push(&chunk),
                Err(error) => {
                    tracing::warn!(%error, "the results of a subscription break off");
                    return Some((Err(BrokenOff), None));
                }
            }
        }
    })
    .boxed_local()
}

/// Finds server-sent events in chunks. A chunk may end anywhere, in the middle of a character too, so that bytes are kept and
/// only a whole event becomes text.
#[derive(Default)]
struct EventReader {
    unread: BytesMut,
    /// So many of these bytes hold no end of an event.
    searched: usize,
}

impl EventReader {
    fn push(&mut self, chunk: &[u8]) {
        self.unread.extend_from_slice(chunk);
    }

    /// The next event that is here as a whole, without the blank line that ends it.
    fn next_event(&mut self) -> Option<String> {
        let end = self.unread[self.searched..].windows(END_OF_EVENT.len()).position(|two| two == END_OF_EVENT);
        let Some(end) = end.map(|end| end + self.searched) else {
            // Its last byte may be the first half of an end.
            self.searched = self.unread.len().saturating_sub(1);
            return None;
        };
        let event = self.unread.split_to(end + END_OF_EVENT.len());
        self.searched = 0;
        Some(String::from_utf8_lossy(&event[..end]).into_owned())
    }
}

/// The data of one event. hive-router writes each result on one line.
fn event_data(event: &str) -> Option<&str> {
    event.lines().find_map(|line| line.strip_prefix("data: "))
}

#[cfg(test)]
mod tests {
    use hive_router::ntex::http::body::BodyStream;

    use super::*;

    #[test]
    fn only_results_have_data() {
        assert_eq!(event_data("event: next\ndata: {\"a\":1}"), Some("{\"a\":1}"));
        assert_eq!(event_data(":"), None);
        assert_eq!(event_data("event: complete"), None);
    }

    #[test]
    fn a_chunk_may_end_in_the_middle_of_a_character_or_of_an_end() {
        let text = "event: next\ndata: {\"title\":\"Björk — 音楽 🎵\"}\n\n:\n\nevent: next\ndata: {\"a\":2}\n\nevent: complete\n\n";
        for size in 1..text.len() {
            let mut reader = EventReader::default();
            let mut found = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                reader.push(chunk);
                found.extend(std::iter::from_fn(|| reader.next_event()));
            }
            let data: Vec<_> = found.iter().filter_map(|event| event_data(event)).collect();
            assert_eq!(data, ["{\"title\":\"Björk — 音楽 🎵\"}", "{\"a\":2}"], "chunks of {size}");
            assert_eq!((found.len(), reader.unread.len()), (4, 0));
        }
    }

    #[tokio::test]
    async fn the_results_of_a_body_in_small_chunks_are_all_told() {
        let text = "event: next\ndata: \"é\"\n\nevent: next\ndata: 2\n\n";
        let chunks: Vec<_> =
            text.as_bytes().chunks(1).map(|byte| Ok::<_, std::io::Error>(Bytes::from(byte.to_vec()))).collect();
        let body = Body::from_message(BodyStream::new(futures::stream::iter(chunks)));
        let results: Vec<_> = events(ResponseBody::Other(body)).map(|result| result.expect("whole")).collect().await;
        assert_eq!(results, ["\"é\"", "2"]);
    }
}
