//! Answers of a site that lies in a folder.

use std::fs;

use super::*;

const PAGE: &str = "<!doctype html><title>Polyphony</title>";

struct Served {
    site: Site,
    _folder: tempfile::TempDir,
}

fn served(has_explorer: bool) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("index.html", PAGE);
    write("index.html.br", "small");
    write("assets/app-1.js", "code");
    write("assets/app-1.js.gz", "zipped");
    write("assets/font-1.woff2", "font");
    write("manifest.webmanifest", "{}");
    write("sw.js", "worker");
    write("csp.json", r#"{"styleHashes": ["sha256-AbC+/=", "x'; script-src *"]}"#);
    write("graphiql/index.html", "explorer");
    write("graphiql/assets/editor-1.js", "editor");
    let options = Options { folder: Some(folder.path().to_owned()), has_explorer, ..Options::default() };
    Served { site: Site::new(options), _folder: folder }
}

fn request<'a>(path: &'a str, accept_encoding: &'a str) -> Request<'a> {
    Request { method: &Method::GET, path, accept_encoding: Some(accept_encoding), if_none_match: None }
}

fn get(served: &Served, path: &str) -> Response<Bytes> {
    served.site.answer(&request(path, ""))
}

fn header(answer: &Response<Bytes>, name: HeaderName) -> &str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[test]
fn screens_are_the_page_and_files_are_files() {
    let served = served(false);
    for path in ["/", "/album/alb_1", "/join/ABC", "/index.html"] {
        let answer = get(&served, path);
        assert_eq!((answer.status(), answer.body().as_ref()), (StatusCode::OK, PAGE.as_bytes()), "{path}");
        assert_eq!(header(&answer, CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(header(&answer, CACHE_CONTROL), "no-cache");
    }
    assert_eq!(get(&served, "/sw.js").body().as_ref(), b"worker");
    assert_eq!(header(&get(&served, "/sw.js"), CONTENT_TYPE), "text/javascript; charset=utf-8");
    assert_eq!(header(&get(&served, "/manifest.webmanifest"), CONTENT_TYPE), "application/manifest+json");
    assert_eq!(header(&get(&served, "/assets/font-1.woff2"), CONTENT_TYPE), "font/woff2");
    for path in
        ["/none.js", "/album/cover.png", "/assets/none", "/csp.json", "/index.html.br", "/graphql", "/album/../sw.js"]
    {
        assert_eq!(get(&served, path).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn what_is_named_after_its_contents_is_kept_for_ever() {
    let answer = get(&served(false), "/assets/app-1.js");
    assert_eq!(header(&answer, CACHE_CONTROL), FOR_EVER);
    assert_eq!(header(&answer, ETAG), "");
}

#[test]
fn the_smallest_accepted_form_is_sent() {
    let served = served(false);
    let answer = |path, accepted| served.site.answer(&request(path, accepted));
    let page = answer("/", "gzip, br");
    assert_eq!((page.body().as_ref(), header(&page, CONTENT_ENCODING)), (b"small".as_slice(), "br"));
    assert_eq!(header(&page, VARY), "accept-encoding");
    assert_eq!(header(&page, CONTENT_TYPE), "text/html; charset=utf-8");
    let code = answer("/assets/app-1.js", "gzip, br");
    assert_eq!((code.body().as_ref(), header(&code, CONTENT_ENCODING)), (b"zipped".as_slice(), "gzip"));
    assert_eq!(header(&answer("/", "br;q=0"), CONTENT_ENCODING), "");
}

#[test]
fn a_client_that_has_the_page_is_not_sent_it_again() {
    let served = served(false);
    let page = get(&served, "/");
    let tag = header(&page, ETAG).to_owned();
    assert!(tag.starts_with('"'));
    let again = served.site.answer(&Request { if_none_match: Some(&tag), ..request("/", "") });
    assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!((header(&again, ETAG), header(&again, CACHE_CONTROL)), (tag.as_str(), "no-cache"));
    let encoded = served.site.answer(&Request { if_none_match: Some(&tag), ..request("/", "br") });
    assert_eq!(encoded.status(), StatusCode::OK, "the encoded page is other bytes");
}

#[test]
fn pages_run_scripts_of_the_site_alone() {
    let page = get(&served(false), "/");
    let policy = header(&page, CONTENT_SECURITY_POLICY);
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';")
            && policy.contains("style-src 'self' 'sha256-AbC+/=';"),
        "{policy}"
    );
    assert!(!policy.contains("script-src *") && policy.contains("require-trusted-types-for 'script'"), "{policy}");
    assert_eq!(header(&page, HeaderName::from_static("cross-origin-opener-policy")), "same-origin");
}

#[test]
fn the_explorer_is_there_when_it_is_switched_on() {
    let path = "/graphiql/assets/editor-1.js";
    assert_eq!(get(&served(false), path).status(), StatusCode::NOT_FOUND);
    let served = served(true);
    assert_eq!(header(&get(&served, path), CACHE_CONTROL), FOR_EVER);
    let page = served.site.explorer(&request("/graphql", ""));
    assert_eq!((page.status(), page.body().as_ref()), (StatusCode::OK, b"explorer".as_slice()));
    let policy = header(&page, CONTENT_SECURITY_POLICY);
    assert!(policy.contains("script-src 'self';") && !policy.contains("http"), "{policy}");
}

#[test]
fn only_reading_is_answered_and_a_player_that_is_not_built_is_said_so() {
    let served = served(false);
    let put = served.site.answer(&Request { method: &Method::PUT, ..request("/", "") });
    assert_eq!((put.status(), header(&put, ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    let head = served.site.answer(&Request { method: &Method::HEAD, ..request("/", "") });
    assert_eq!(head.status(), StatusCode::OK);

    let empty = tempfile::tempdir().expect("a folder");
    let site = Site::new(Options { folder: Some(empty.path().to_owned()), ..Options::default() });
    let answer = site.answer(&request("/", ""));
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(String::from_utf8_lossy(answer.body()).contains("cargo xtask up"));
    assert_eq!(site.answer(&request("/a.js", "")).status(), StatusCode::NOT_FOUND);
}
