//! The web player as bytes and headers: which file answers a path, how it is encoded, how long it may be kept, and what its
//! pages may do. It knows no business rule and no server: [`Site::answer`] is a function of a request.
//!
//! The files are those of `web/dist`, embedded in optimised programs, or of a folder. Beside a file `x` there may be `x.br` and
//! `x.gz`, its encodings, made when the player is built. `csp.json` says which inline styles pages need.

mod encoding;
mod etag;
mod files;
mod missing;
mod path;
mod policy;

use std::{borrow::Cow, path::PathBuf};

pub use http::Response;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
        IF_NONE_MATCH, VARY,
    },
};

use files::{Encoded, Files};
use path::Wanted;
pub use path::is_of_site;
pub use policy::Sources;

/// What a body is made of: embedded bytes are not copied.
pub type Bytes = Cow<'static, [u8]>;

/// Named after their contents: what has been fetched once is good for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// May be kept, and must be asked about each time.
const ASK: &str = "no-cache";
/// The page that shows every screen.
const INDEX: &str = "index.html";
/// The page of GraphiQL.
const EXPLORER: &str = "graphiql/index.html";

/// How a site is served.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder with the built player; what is embedded when absent.
    pub folder: Option<PathBuf>,
    /// Whence pages may fetch audio and pictures.
    pub sources: Sources,
    /// Whether GraphiQL and its files are served.
    pub has_explorer: bool,
}

/// A site.
#[derive(Debug)]
pub struct Site {
    files: Files,
    sources: Sources,
    has_explorer: bool,
}

/// What of a request matters.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// GET or HEAD; all else is answered 405.
    pub method: &'a Method,
    /// The path as it was sent: not decoded, without the query.
    pub path: &'a str,
    /// The value of `Accept-Encoding`.
    pub accept_encoding: Option<&'a str>,
    /// The value of `If-None-Match`.
    pub if_none_match: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// The request with this method, path and headers.
    pub fn of(method: &'a Method, path: &'a str, header: impl Fn(HeaderName) -> Option<&'a str>) -> Self {
        Self { method, path, accept_encoding: header(ACCEPT_ENCODING), if_none_match: header(IF_NONE_MATCH) }
    }
}

impl Site {
    /// The site that is served so. Nothing is read yet: a folder may be filled later.
    pub fn new(options: Options) -> Self {
        let files = options.folder.map_or(Files::Embedded, Files::Folder);
        Self { files, sources: options.sources, has_explorer: options.has_explorer }
    }

    /// The answer to a request: a file, the player's page for a path that names a screen, 404 for a file that is not there, 304
    /// when the client has it, 405 for another method. The body of an answer to HEAD is the one of GET, which the server leaves out.
    pub fn answer(&self, request: &Request<'_>) -> Response<Bytes> {
        if *request.method != Method::GET && *request.method != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match path::wanted(request.path, self.has_explorer) {
            Wanted::Nothing => not_found(),
            Wanted::Page => self.page(request, INDEX),
            Wanted::File(name) => self.file(request, name).unwrap_or_else(not_found),
            Wanted::FileOrPage(name) => self.file(request, name).unwrap_or_else(|| self.page(request, INDEX)),
        }
    }

    /// The documents that the player asks the API for by their ids, as JSON; `None` while it is not built.
    pub fn documents(&self) -> Option<Bytes> {
        self.files.documents()
    }

    /// The page of GraphiQL, whatever the path.
    pub fn explorer(&self, request: &Request<'_>) -> Response<Bytes> {
        self.page(request, EXPLORER)
    }

    fn page(&self, request: &Request<'_>, name: &str) -> Response<Bytes> {
        self.file(request, name).unwrap_or_else(missing::page)
    }

    fn file(&self, request: &Request<'_>, name: &str) -> Option<Response<Bytes>> {
        let accepted = request.accept_encoding.unwrap_or_default();
        let Encoded { bytes, encoding } = self.files.encoded(name, accepted)?;
        let is_immutable = path::is_immutable(name);
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(if is_immutable { FOR_EVER } else { ASK }));
        policy::write(&mut headers, &self.policy(name));
        if !is_immutable {
            let tag = etag::of(&bytes);
            let is_known = request.if_none_match.is_some_and(|known| etag::matches(known, &tag));
            headers.insert(ETAG, HeaderValue::try_from(tag).ok()?);
            if is_known {
                return Some(answer(StatusCode::NOT_MODIFIED, headers, Cow::Borrowed(&[])));
            }
        }
        headers.insert(CONTENT_TYPE, HeaderValue::try_from(content_type(name)).ok()?);
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
        Some(answer(StatusCode::OK, headers, bytes))
    }

    /// What may run from this file: scripts bring it along too, since a worker obeys what came with its script.
    fn policy(&self, name: &str) -> String {
        if path::is_of_explorer(name) {
            return policy::EXPLORER.to_owned();
        }
        policy::of_player(&self.sources, &self.files.style_hashes())
    }
}

/// The type of a file, by its name.
fn content_type(name: &str) -> String {
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = guessed.type_() == mime_guess::mime::TEXT;
    if is_text { format!("{guessed}; charset=utf-8") } else { guessed.to_string() }
}

fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<Bytes> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn not_found() -> Response<Bytes> {
    plain(StatusCode::NOT_FOUND, "There is nothing here.\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy::NOTHING));
    answer(status, headers, Cow::Borrowed(text.as_bytes()))
}

#[cfg(test)]
mod tests;
