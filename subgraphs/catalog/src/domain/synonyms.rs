//! Words that titles write in several ways.

/// Each group means one thing.
const GROUPS: [&[&str]; 8] = [
    &["feat", "ft", "featuring"],
    &["pt", "part"],
    &["vol", "volume"],
    &["mr", "mister"],
    &["dr", "doctor"],
    &["st", "saint"],
    &["vs", "versus"],
    &["n", "and"],
];

/// Other ways to write this word.
pub fn of(word: &str) -> impl Iterator<Item = &'static str> {
    let group = GROUPS.into_iter().find(|group| group.contains(&word)).unwrap_or_default();
    group.iter().copied().filter(move |other| *other != word)
}

/// Every word that has other ways, with those.
pub fn all() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    GROUPS.into_iter().flatten().map(|word| (*word, of(word).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_the_others_of_its_group_and_no_word_has_two_groups() {
        assert_eq!(of("ft").collect::<Vec<_>>(), ["feat", "featuring"]);
        assert_eq!(of("love").count(), 0);
        let mut words: Vec<_> = all().map(|(word, _)| word).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
