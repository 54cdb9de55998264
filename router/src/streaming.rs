//! The forms in which hive-router streams the results of a subscription over HTTP, as far as a stream is ended by us: where an
//! event is whole, and the last one, which says why.

use hive_router::ntex::{
    http::{HeaderMap, header::CONTENT_TYPE},
    util::Bytes,
};
use serde_json::json;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamFormat {
    /// Server-sent events (`text/event-stream`).
    EventStream,
    /// Apollo's multipart protocol, whose results are in `payload`.
    ApolloMultipart,
    /// Incremental delivery over HTTP.
    IncrementalDelivery,
}

impl StreamFormat {
    /// The form of a response with these headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type {
            _ if content_type.starts_with("text/event-stream") => Self::EventStream,
            _ if content_type.contains("subscriptionSpec") => Self::ApolloMultipart,
            _ => Self::IncrementalDelivery,
        }
    }

    /// Whether an event is whole with this chunk. A part of a multipart response is several chunks.
    pub(crate) fn ends_event(self, chunk: &[u8]) -> bool {
        match self {
            Self::EventStream => chunk.ends_with(b"\n\n"),
            Self::ApolloMultipart | Self::IncrementalDelivery => {
                chunk.ends_with(b"\r\n") && !chunk.ends_with(b"\r\n\r\n")
            }
        }
    }

    /// The end of a stream: an event with an error of ours, and what says that no other follows.
    pub(crate) fn last_chunk(self, code: &str, message: &str) -> Bytes {
        let errors = json!([{ "message": message, "extensions": { "code": code } }]);
        let part = "Content-Type: application/json\r\n\r\n";
        let text = match self {
            Self::EventStream => {
                format!("event: next\ndata: {}\n\nevent: complete\n\n", json!({ "errors": errors }))
            }
            Self::ApolloMultipart => {
                format!("--graphql\r\n{part}{}\r\n--graphql--", json!({ "payload": null, "errors": errors }))
            }
            Self::IncrementalDelivery => format!("---\r\n{part}{}\r\n-----", json!({ "errors": errors })),
        };
        Bytes::from(text)
    }
}

#[cfg(test)]
mod tests {
    use hive_router::ntex::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_form_is_known_by_its_content_type() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            StreamFormat::of(&headers)
        };
        assert_eq!(of("text/event-stream; charset=utf-8"), StreamFormat::EventStream);
        assert_eq!(of(r#"multipart/mixed;boundary="graphql";subscriptionSpec=1.0"#), StreamFormat::ApolloMultipart);
        assert_eq!(of(r#"multipart/mixed;boundary="-""#), StreamFormat::IncrementalDelivery);
    }

    #[test]
    fn a_part_is_whole_only_with_its_last_chunk() {
        let ends = |chunk: &str| StreamFormat::ApolloMultipart.ends_event(chunk.as_bytes());
        assert!(!ends("--graphql\r\nContent-Type: application/json\r\n\r\n") && !ends(r#"{"payload":{"data":1}}"#));
        assert!(ends("\r\n") && ends("{}\r\n"));
        assert!(StreamFormat::EventStream.ends_event(b":\n\n"));
    }
}
