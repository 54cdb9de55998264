//! What pages may do: the security headers of the site's answers.

use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_SECURITY_POLICY};

/// For answers that are no page.
pub(crate) const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// For GraphiQL, whose editor writes styles of its own.
pub(crate) const EXPLORER: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
     img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of every page beside its policy.
const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "autoplay=(self), screen-wake-lock=(self), camera=(), geolocation=(), microphone=()"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Where pages may fetch from, beside the site itself. Each is a source as Content Security Policy has it: an origin
/// (`https://media.example.org`) or a scheme (`https:`). What is no such thing is left out.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Audio, uploads and pictures: media's public address and the object store's.
    pub media: Vec<String>,
    /// Further sources of pictures.
    pub images: Vec<String>,
}

/// The policy of the player's pages. Scripts come from the site alone, inline ones never, and compile
/// WebAssembly but no text (uploads are hashed by such a module); scripts and workers are named through
/// the Trusted Types policies `default` and `polyphony`.
pub(crate) fn of_player(sources: &Sources, style_hashes: &[String]) -> String {
    let media = list(&sources.media);
    let images = list(&sources.images);
    let styles = words(style_hashes.iter().map(|hash| format!("'{hash}'")));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'{styles}; img-src 'self' data: blob:{media}{images}; \
         media-src 'self' blob:{media}; connect-src 'self'{media}; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types default polyphony"
    )
}

/// The sources, each with a space before it.
fn list(sources: &[String]) -> String {
    let is_source = |source: &&String| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/*[]".contains(&byte);
        !source.is_empty() && source.contains(':') && source.bytes().all(is_plain)
    };
    words(sources.iter().filter(is_source).cloned())
}

/// The words, each with a space before it.
fn words(words: impl Iterator<Item = String>) -> String {
    words.flat_map(|word| [" ".to_owned(), word]).collect()
}

/// Writes the policy and the other security headers.
pub(crate) fn write(headers: &mut HeaderMap, policy: &str) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(NOTHING));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_widen_what_is_fetched_and_nothing_else() {
        let sources = Sources {
            media: vec!["https://media.example".to_owned(), "http://127.0.0.1:4190".to_owned()],
            images: vec!["https:".to_owned()],
        };
        let policy = of_player(&sources, &["sha256-abc=".to_owned()]);
        assert!(policy.contains("connect-src 'self' https://media.example http://127.0.0.1:4190;"), "{policy}");
        assert!(policy.contains("img-src 'self' data: blob: https://media.example http://127.0.0.1:4190 https:;"));
        assert!(
            policy.contains("style-src 'self' 'sha256-abc=';")
                && policy.contains("script-src 'self' 'wasm-unsafe-eval';")
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn what_is_no_source_does_not_get_into_a_policy() {
        let media = ["", "x", "https://a; script-src *", "https://a 'unsafe-inline'", "https://a\r\nx: y"];
        let sources = Sources { media: media.map(str::to_owned).into(), images: Vec::new() };
        assert_eq!(of_player(&sources, &[]), of_player(&Sources::default(), &[]));
    }
}
