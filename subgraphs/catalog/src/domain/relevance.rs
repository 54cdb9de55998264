//! How well a document answers a query: words of both are compared exactly, by prefix, and allowing for misspellings.
//!
//! The order of results: how many words of the query were found, how exactly, whether the title is the query, where the
//! words stand (title before artist before album), and then popularity.

use super::{folding, synonyms};

/// A query has at most this many words; the rest is ignored.
pub const MAX_WORDS: usize = 10;

/// How a word of a query is found in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// Two letters are different.
    Far,
    /// One letter is different.
    Near,
    /// The word begins like this, or is another way to write it.
    Prefix,
    /// The very word.
    Exact,
}

/// A query, folded into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The words, in order.
    pub words: Vec<String>,
    /// The words with one blank between them: what a title is when it is the query.
    pub whole: String,
}

/// A document as results are ranked by it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The title.
    pub title: &'a str,
    /// Artists and album.
    pub subtitle: &'a str,
}

impl Terms {
    /// Reads what a person typed.
    pub fn read(query: &str) -> Self {
        let mut words = folding::words(query);
        words.truncate(MAX_WORDS);
        let whole = words.join(" ");
        Self { words, whole }
    }

    /// Whether the word at this place may be the beginning of one: the last is still being typed.
    pub fn may_be_prefix(&self, at: usize) -> bool {
        at + 1 == self.words.len() || self.words[at].chars().count() >= 3
    }

    /// Neighbouring words written as one, with the place of the first: "sugar cane" is "sugarcane".
    pub fn joined(&self) -> Vec<(usize, String)> {
        self.words.windows(2).enumerate().map(|(at, pair)| (at, pair.concat())).collect()
    }

    /// How the word at this place is found in `word`, if it is.
    pub fn closeness(&self, at: usize, word: &str) -> Option<Closeness> {
        let wanted = &self.words[at];
        if wanted == word {
            return Some(Closeness::Exact);
        }
        let is_begun = self.may_be_prefix(at) && word.starts_with(wanted.as_str());
        if is_begun || synonyms::of(wanted).any(|other| other == word) {
            return Some(Closeness::Prefix);
        }
        match (distance(wanted, word), tolerated(wanted)) {
            (1, 1..) => Some(Closeness::Near),
            (2, 2..) => Some(Closeness::Far),
            _ => None,
        }
    }

    /// How well a document answers the query; documents with more come first.
    pub fn score(&self, text: Text<'_>) -> i64 {
        let title_words = folding::words(text.title);
        let other_words = folding::words(text.subtitle);
        let joined = self.joined();
        let (mut found, mut exactness, mut places) = (0_i64, 0_i64, 0_i64);
        for at in 0..self.words.len() {
            let is_joined =
                |word: &String| joined.iter().any(|(from, pair)| (*from == at || from + 1 == at) && pair == word);
            let best_in = |words: &[String]| {
                let pairs = words.windows(2).any(|pair| pair.concat() == self.words[at]);
                let whole = (pairs || words.iter().any(is_joined)).then_some(Closeness::Exact);
                words.iter().filter_map(|word| self.closeness(at, word)).chain(whole).max()
            };
            let (in_title, in_other) = (best_in(&title_words), best_in(&other_words));
            if let Some(best) = in_title.max(in_other) {
                found += 1;
                exactness += best as i64 + 1;
                places += if in_title == Some(best) { 2 } else { 1 };
            }
        }
        let title = title_words.join(" ");
        let whole = if title == self.whole {
            5_000
        } else if title.starts_with(&self.whole) {
            4_000
        } else {
            0
        };
        found * 1_000_000 + exactness * 10_000 + whole + places * 100
    }

    /// The text with the words that were found between `<em>` and `</em>`; the rest is escaped for HTML.
    pub fn highlight(&self, text: Text<'_>) -> String {
        let line = if text.subtitle.is_empty() {
            text.title.to_owned()
        } else {
            format!("{} · {}", text.title, text.subtitle)
        };
        let joined = self.joined();
        let mut out = String::with_capacity(line.len() + 20);
        for (is_word, piece) in pieces(&line) {
            let folded = if is_word { folding::words(piece).concat() } else { String::new() };
            let is_hit = is_word
                && ((0..self.words.len()).any(|at| self.closeness(at, &folded).is_some())
                    || joined.iter().any(|(_, pair)| *pair == folded));
            if is_hit {
                out.push_str("<em>");
            }
            escape(piece, &mut out);
            if is_hit {
                out.push_str("</em>");
            }
        }
        out
    }
}

/// How many letters may be wrong in a word of this length.
pub fn tolerated(word: &str) -> usize {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// How many letters to insert, delete, replace or swap with their neighbour to make `a` into `b` (optimal string alignment);
/// anything above 2 is 3.
pub fn distance(a: &str, b: &str) -> usize {
    const MANY: usize = 3;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) >= MANY {
        return MANY;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_some_and(|least| *least >= MANY) {
            return MANY;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()].min(MANY)
}

/// Cuts a line into words and what stands between them.
fn pieces(line: &str) -> Vec<(bool, &str)> {
    let belongs = |c: char| {
        c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || matches!(c, '\'' | '’' | '‘')
    };
    let mut pieces: Vec<(bool, &str)> = Vec::new();
    let mut from = 0;
    let mut kind = None;
    for (at, c) in line.char_indices() {
        let is_word = belongs(c);
        if kind.is_some_and(|kind| kind != is_word) {
            pieces.push((!is_word, &line[from..at]));
            from = at;
        }
        kind = Some(is_word);
    }
    if let Some(is_word) = kind {
        pieces.push((is_word, &line[from..]));
    }
    pieces
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(query: &str, title: &str, subtitle: &str) -> i64 {
        Terms::read(query).score(Text { title, subtitle })
    }

    #[test]
    fn misspelt_words_are_near_and_other_words_are_not() {
        for (typed, meant) in
            [("beatls", "beatles"), ("evning", "evening"), ("beatels", "beatles"), ("metalica", "metallica")]
        {
            assert_eq!(Terms::read(typed).closeness(0, meant), Some(Closeness::Near), "{typed}");
        }
        assert_eq!(Terms::read("strawbery feilds").closeness(1, "fields"), Some(Closeness::Near));
        assert_eq!(Terms::read("cat").closeness(0, "car"), None);
        assert_eq!(Terms::read("beatls").closeness(0, "battles"), None);
    }

    #[test]
    fn exact_is_before_prefix_before_misspelt() {
        let (exact, prefix, near) =
            (score("evening", "Evening", ""), score("evening", "Evenings", ""), score("evening", "Evning", ""));
        assert!(exact > prefix && prefix > near, "{exact} {prefix} {near}");
    }

    #[test]
    fn the_title_that_is_the_query_comes_first() {
        let whole = score("royksopp", "Röyksopp", "");
        assert!(whole > score("royksopp", "Röyksopp Forever", ""));
        assert!(score("royksopp", "Röyksopp Forever", "") > score("royksopp", "Forever", "Röyksopp"));
    }

    #[test]
    fn more_words_found_are_better_than_words_found_more_exactly() {
        assert!(score("royksop evning", "Röyksopp Evening", "") > score("royksop evning", "Evning", ""));
        assert!(score("beatles help", "Help!", "The Beatles") > score("beatles help", "Help!", "Bananarama"));
    }

    #[test]
    fn words_written_together_or_apart_are_the_same() {
        assert!(score("sugar cane", "Sugarcane", "") > 2_000_000);
        assert!(score("sugarcane", "Sugar Cane", "") > 1_000_000);
    }

    #[test]
    fn found_words_stand_out_and_markup_is_escaped() {
        let highlight = |query: &str, title, subtitle| Terms::read(query).highlight(Text { title, subtitle });
        assert_eq!(
            highlight("royksop eve", "Röyksopp Evening", "<b>"),
            "<em>Röyksopp</em> <em>Evening</em> · &lt;b&gt;"
        );
        assert_eq!(highlight("dont", "Don’t Stop", ""), "<em>Don’t</em> Stop");
    }

    #[test]
    fn distance_counts_a_swap_as_one() {
        for (a, b, d) in [
            ("", "", 0),
            ("abc", "acb", 1),
            ("abc", "abd", 1),
            ("abcd", "abxy", 2),
            ("abc", "xyzw", 3),
            ("a", "abcdef", 3),
        ] {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }
}
