//! What a path names. It is compared as it was sent: nothing is decoded, so that there is one spelling of each file.

/// First segments that are not the player's, whatever follows: they are the API's or were never anybody's.
const RESERVED: [&str; 3] = ["metrics", "health", "readiness"];
/// What the GraphQL endpoint's first segment begins with.
const GRAPHQL: &str = "graphql";
/// The folder of GraphiQL's files.
const EXPLORER: &str = "graphiql";
/// The folder of files that are named after their contents.
const ASSETS: &str = "assets";

/// What is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// 404.
    Nothing,
    /// The player's page.
    Page,
    /// This file or 404.
    File(&'a str),
    /// This file, else the player's page.
    FileOrPage(&'a str),
}

/// Whether the path belongs to the site. `/graphql` does not, in no spelling and with nothing behind it, nor do paths that are
/// not in the plain form (`//`, `.` and `..` as segments, an encoded or upper-case first segment), nor `/.well-known`.
pub fn is_of_site(path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else { return false };
    if path.is_empty() {
        return true;
    }
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.@~".contains(&byte);
    let is_taken = first.is_empty()
        || first.starts_with('.')
        || first.starts_with(GRAPHQL)
        || RESERVED.contains(&first)
        || !first.bytes().all(is_plain);
    let mut inner = rest.strip_suffix('/').unwrap_or(rest).split('/');
    !is_taken && (rest.is_empty() || inner.all(is_segment))
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('.')
        && segment.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte))
}

/// What the path names.
pub(crate) fn wanted(path: &str, has_explorer: bool) -> Wanted<'_> {
    if !is_of_site(path) {
        return Wanted::Nothing;
    }
    let name = path.strip_prefix('/').unwrap_or(path);
    let last = name.rsplit('/').next().unwrap_or(name);
    let first = name.split('/').next().unwrap_or(name);
    match first {
        "" | crate::INDEX => Wanted::Page,
        crate::files::FACTS | crate::files::DOCUMENTS => Wanted::Nothing,
        EXPLORER if !has_explorer || last.is_empty() || last == crate::INDEX => Wanted::Nothing,
        EXPLORER | ASSETS => Wanted::File(name),
        // The encodings are told apart by a header, not by a name.
        _ if has_suffix(last, ".br") || has_suffix(last, ".gz") => Wanted::Nothing,
        _ if last.contains('.') => Wanted::File(name),
        _ if last.is_empty() => Wanted::Page,
        _ => Wanted::FileOrPage(name),
    }
}

fn has_suffix(name: &str, suffix: &str) -> bool {
    name.ends_with(suffix)
}

/// Whether the file is named after its contents.
pub(crate) fn is_immutable(name: &str) -> bool {
    let name = name.strip_prefix("graphiql/").unwrap_or(name);
    name.strip_prefix(ASSETS).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the file is one of GraphiQL's.
pub(crate) fn is_of_explorer(name: &str) -> bool {
    name.strip_prefix(EXPLORER).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_another_door_is_the_sites() {
        for path in [
            "/graphql",
            "/graphql/",
            "//graphql",
            "/%67raphql",
            "/GRAPHQL",
            "/graphql/x",
            "/graphql;x",
            "/graphql%2f",
            "/graphqls",
            "/./graphql",
            "/x/../graphql",
            "/x//graphql",
            "/metrics",
            "/health",
            "/health/live",
            "/readiness",
            "/.well-known/x",
            "",
            "graphql",
            "*",
            "http://a/graphql",
            "/x/.hidden",
            "/x\\..\\graphql",
        ] {
            assert!(!is_of_site(path), "{path}");
            assert_eq!(wanted(path, true), Wanted::Nothing, "{path}");
        }
        for path in ["/", "/album/alb_1", "/join/ABC-123", "/genre/hip%20hop", "/s/x/", "/assets/a.js", "/@ada"] {
            assert!(is_of_site(path), "{path}");
        }
    }

    #[test]
    fn a_path_with_a_dot_is_a_file_and_one_without_a_screen() {
        assert_eq!(wanted("/", false), Wanted::Page);
        assert_eq!(wanted("/index.html", false), Wanted::Page);
        assert_eq!(wanted("/album/alb_1", false), Wanted::FileOrPage("album/alb_1"));
        assert_eq!(wanted("/album/", false), Wanted::Page);
        assert_eq!(wanted("/sw.js", false), Wanted::File("sw.js"));
        assert_eq!(wanted("/assets/none", false), Wanted::File("assets/none"));
        for hidden in [
            "/csp.json",
            "/persisted_queries.json",
            "/sw.js.br",
            "/index.html.gz",
            "/graphiql/assets/a.js",
            "/graphiql",
        ] {
            assert_eq!(wanted(hidden, false), Wanted::Nothing, "{hidden}");
        }
        assert_eq!(wanted("/graphiql/assets/a.js", true), Wanted::File("graphiql/assets/a.js"));
        assert_eq!(wanted("/graphiql/", true), Wanted::Nothing);
    }

    #[test]
    fn what_is_named_after_its_contents_is_kept() {
        assert!(is_immutable("assets/a-1.js") && is_immutable("graphiql/assets/a-1.js"));
        assert!(!is_immutable("sw.js") && !is_immutable("assetsx") && !is_immutable("x/assets/a.js"));
    }
}
