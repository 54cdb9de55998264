//! How well a document answers a query: words of both are compared exactly, by prefix, and allowing for misspellings.
//!
//! The order of results: how many words of the query were found, how exactly, and then the sum of whether the title is the
//! query, where the words stand (title before artist before album), what kind of thing it is (an artist before albums before
//! tracks), and how often it was played. A leading article counts in neither title nor query, and the last word of a query may
//! be the beginning of one: it is still being typed.

use polyphony_names as names;

use super::{Kind, synonyms};

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
    /// The words with one blank between them and no leading article: what a title is when it is the query (see [`whole`]).
    pub whole: String,
    /// The query as one line for a search engine that cuts words itself.
    pub text: String,
}

/// A document as results are ranked by it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// What kind of thing.
    pub kind: Kind,
    /// The title.
    pub title: &'a str,
    /// Artists and album.
    pub subtitle: &'a str,
    /// How often it was played.
    pub popularity: i64,
}

/// The words of a query or a title as one line that is the same for both when one is the other; a leading English article is
/// left out.
pub fn whole(words: &[String]) -> String {
    let has_article = words.len() > 1 && ["the", "a", "an"].contains(&words[0].as_str());
    words[usize::from(has_article)..].join(" ")
}

impl Terms {
    /// Reads what a person typed.
    pub fn read(query: &str) -> Self {
        let mut words = names::words(query);
        words.truncate(MAX_WORDS);
        Self { whole: whole(&words), text: names::text(query), words }
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
        let title_words = names::index_words(text.title);
        let other_words = names::index_words(text.subtitle);
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
                exactness += self.exactness(at, best);
                places += if in_title == Some(best) { 2 } else { 1 };
            }
        }
        let title = whole(&names::words(text.title));
        let whole = if title == self.whole {
            5_000
        } else if title.starts_with(&self.whole) {
            4_000
        } else {
            0
        };
        found * 1_000_000 + exactness * 10_000 + whole + places * 100 + weight(text.kind) + fame(text.popularity)
    }

    /// Of the last word, which is still being typed, the beginning is worth as much as the whole.
    fn exactness(&self, at: usize, closeness: Closeness) -> i64 {
        let is_typed = at + 1 == self.words.len() && closeness == Closeness::Prefix;
        if is_typed { Closeness::Exact as i64 + 1 } else { closeness as i64 + 1 }
    }

    /// Title and subtitle in pieces, those that the query found and those between them; both pieces of one kind are never neighbours.
    pub fn pieces(&self, text: Text<'_>) -> Vec<Piece> {
        let line = if text.subtitle.is_empty() {
            text.title.to_owned()
        } else {
            format!("{} · {}", text.title, text.subtitle)
        };
        let joined = self.joined();
        let mut out = Vec::new();
        for (is_word, piece) in pieces(&line) {
            if is_word && piece.contains(names::is_unspaced) {
                self.unspaced_pieces(piece, &mut out);
                continue;
            }
            let folded = if is_word { names::words(piece).concat() } else { String::new() };
            let is_hit = is_word
                && ((0..self.words.len()).any(|at| self.closeness(at, &folded).is_some())
                    || joined.iter().any(|(_, pair)| *pair == folded));
            append(piece, is_hit, &mut out);
        }
        out
    }

    /// The same as HTML: what was found stands between `<em>` and `</em>`.
    pub fn highlight(&self, text: Text<'_>) -> String {
        let mut out = String::new();
        for piece in self.pieces(text) {
            // Each word that was found stands out by itself.
            for (is_word, part) in pieces(&piece.text) {
                emphasize(part, is_word && piece.is_match, &mut out);
            }
        }
        out
    }

    /// Of scripts without blanks the characters that the query's pairs consist of stand out.
    fn unspaced_pieces(&self, piece: &str, out: &mut Vec<Piece>) {
        let clusters = names::clusters(piece);
        let folded: Vec<String> = clusters.iter().map(|cluster| names::identity(cluster)).collect();
        let is_asked = |text: &str| self.words.iter().any(|word| word == text);
        let is_hit: Vec<bool> = (0..folded.len())
            .map(|at| {
                let with_next = folded.get(at + 1).is_some_and(|next| is_asked(&format!("{}{next}", folded[at])));
                let with_last = at > 0 && is_asked(&format!("{}{}", folded[at - 1], folded[at]));
                with_next || with_last || is_asked(&folded[at])
            })
            .collect();
        let mut from = 0;
        for run in is_hit.chunk_by(|one, next| one == next) {
            append(&clusters[from..from + run.len()].concat(), run[0], out);
            from += run.len();
        }
    }
}

/// A part of a line that was found, or of what stands between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether the query found it.
    pub is_match: bool,
}

fn append(text: &str, is_match: bool, out: &mut Vec<Piece>) {
    match out.last_mut() {
        Some(last) if last.is_match == is_match => last.text.push_str(text),
        _ => out.push(Piece { text: text.to_owned(), is_match }),
    }
}

fn emphasize(piece: &str, is_hit: bool, out: &mut String) {
    out.push_str(if is_hit { "<em>" } else { "" });
    escape(piece, out);
    out.push_str(if is_hit { "</em>" } else { "" });
}

/// What the kind of a thing is worth among those that answer a query equally well.
fn weight(kind: Kind) -> i64 {
    match kind {
        Kind::Artist => 600,
        Kind::Album => 300,
        Kind::Track => 150,
        Kind::Playlist => 0,
    }
}

/// What plays are worth: ten times as many are worth about as much as the next kind, a million as much as standing in the
/// artist's name instead of the title.
fn fame(plays: i64) -> i64 {
    (120.0 * (plays.max(0) as f64).ln_1p()).min(2_000.0) as i64
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
    let belongs = |c: char| c.is_alphanumeric() || names::is_mark(c) || matches!(c, '\'' | '’' | '‘');
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
        Terms::read(query).score(text(title, subtitle))
    }

    fn text<'a>(title: &'a str, subtitle: &'a str) -> Text<'a> {
        Text { kind: Kind::Track, title, subtitle, popularity: 0 }
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
    fn an_artist_stands_before_albums_that_begin_with_the_name_and_plays_decide_between_beginnings() {
        let score = |query: &str, kind, title, popularity| {
            Terms::read(query).score(Text { kind, title, subtitle: "", popularity })
        };
        for (artist, album) in [("The Beatles", "Beatles for Sale"), ("The Cure", "Cure"), ("Weezer", "Weezer")] {
            let query = artist.strip_prefix("The ").unwrap_or(artist);
            assert!(score(query, Kind::Artist, artist, 0) > score(query, Kind::Album, album, 0), "{query}");
        }
        assert!(score("cold", Kind::Artist, "Coldplay", 5_000) > score("cold", Kind::Track, "Cold", 3));
        assert!(score("cold", Kind::Track, "Cold", 5_000) > score("cold", Kind::Track, "Colder", 5_000));
        assert!(score("help", Kind::Track, "Help!", 0) > score("help", Kind::Track, "Helpless", 100));
    }

    #[test]
    fn any_part_of_a_name_without_blanks_is_found_and_stands_out() {
        assert!(score("駆ける", "夜に駆ける", "") > 2_000_000);
        assert!(score("事変", "夜に駆ける", "東京事変") > 1_000_000);
        assert!(score("る", "夜に駆ける", "") > 1_000_000);
        let highlight = |query: &str| Terms::read(query).highlight(text("夜に駆ける", "YOASOBI"));
        assert_eq!(highlight("駆ける"), "夜に<em>駆ける</em> · YOASOBI");
        assert_eq!(highlight("夜に yoasobi"), "<em>夜に</em>駆ける · <em>YOASOBI</em>");
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
        let highlight = |query: &str, title, subtitle| Terms::read(query).highlight(text(title, subtitle));
        assert_eq!(
            highlight("royksop eve", "Röyksopp Evening", "<b>"),
            "<em>Röyksopp</em> <em>Evening</em> · &lt;b&gt;"
        );
        assert_eq!(highlight("dont", "Don’t Stop", ""), "<em>Don’t</em> Stop");
    }

    #[test]
    fn what_was_found_is_told_in_pieces_that_make_the_whole_line() {
        let seen = Terms::read("royksop").pieces(text("Röyksopp Evening", "<b>"));
        let read: Vec<_> = seen.iter().map(|piece| (piece.text.as_str(), piece.is_match)).collect();
        assert_eq!(read, [("Röyksopp", true), (" Evening · <b>", false)]);
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
