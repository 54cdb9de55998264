//! `security.txt` (RFC 9116): whom to tell of a vulnerability.

use std::time::{Duration, SystemTime};

use hive_router::{
    http::StatusCode,
    ntex::http::{Response, header::CONTENT_TYPE},
};
use url::Url;

/// How long the file is good for; the RFC recommends less than a year.
const LIFETIME: Duration = Duration::from_hours(24 * 180);

/// A contact as the RFC wants it: a URI. A bare e-mail address becomes one.
pub(crate) fn contact(value: &str) -> Result<Url, String> {
    let uri = if value.contains('@') && !value.contains(':') { format!("mailto:{value}") } else { value.to_owned() };
    let url = Url::parse(&uri).map_err(|error| format!("expected an e-mail address or a URL: {error}"))?;
    match url.scheme() {
        "mailto" | "https" | "tel" => Ok(url),
        _ => Err("expected an e-mail address, or a URL with https:, mailto: or tel:".to_owned()),
    }
}

/// The file, as an answer.
pub(crate) fn response(contact: &Url) -> Response {
    let expires = humantime::format_rfc3339_seconds(SystemTime::now() + LIFETIME);
    let body = format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n");
    Response::build(StatusCode::OK).header(CONTENT_TYPE, "text/plain; charset=utf-8").body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_uri() {
        assert_eq!(contact("security@music.example").expect("a contact").as_str(), "mailto:security@music.example");
        assert_eq!(contact("https://music.example/report").expect("a contact").scheme(), "https");
        assert!(contact("javascript:alert(1)").is_err() && contact("me").is_err() && contact("").is_err());
    }
}
