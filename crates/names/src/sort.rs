//! What lists are ordered by.

/// A name with its leading article behind it: `The Beatles` is `Beatles, The`.
pub fn sort_name(name: &str) -> String {
    let name = name.trim();
    for article in ["The ", "A ", "An "] {
        if let Some((head, rest)) = name.split_at_checked(article.len())
            && head.eq_ignore_ascii_case(article)
            && !rest.trim().is_empty()
        {
            return format!("{}, {}", rest.trim(), article.trim());
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_goes_behind_the_name_it_stands_before() {
        assert_eq!(sort_name("The Beatles"), "Beatles, The");
        assert_eq!(sort_name("The The"), "The, The");
        assert_eq!(sort_name("Theatre"), "Theatre");
        assert_eq!(sort_name("The "), "The");
        assert_eq!(sort_name("Äé"), "Äé");
    }
}
