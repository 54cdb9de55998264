//! What is answered while the player is not built.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::{Bytes, answer, policy};

const PAGE: &str = "<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content='width=device-width'>
<title>Polyphony</title>
<h1>The web player is not built</h1>
<p>The API is served at <a href=/graphql>/graphql</a>. The player comes with
<code>cargo xtask up</code>, which builds it (it needs Node.js 20.19 or later), or with
<code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>.
A folder with a built player can be named in <code>WEB_DIR</code>.
";

/// The page that says how to build the player. It is no success: a check of the address shall notice.
pub(crate) fn page() -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    policy::write(&mut headers, policy::NOTHING);
    answer(StatusCode::SERVICE_UNAVAILABLE, headers, Cow::Borrowed(PAGE.as_bytes()))
}
