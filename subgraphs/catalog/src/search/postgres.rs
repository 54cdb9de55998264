//! Search in PostgreSQL: an inverted index of words, and trigrams for the words that are misspelt.

use anyhow::Context;
use polyphony_names as names;

use super::{Hit, Place, Query, Results};
use crate::{
    domain::{
        relevance::{Closeness, Terms, tolerated},
        synonyms,
    },
    store::{
        Store,
        candidate::{Candidates, KnownWords, Wanted},
    },
};

/// On the first page, so many of the most played documents are ranked for each way of finding.
const RANKED_FIRST: i64 = 150;
/// On later pages so many are, and nobody pages further than this.
const RANKED_LATER: i64 = 1_000;

pub(super) async fn search(store: &Store, query: &Query) -> anyhow::Result<Results> {
    let terms = &query.terms;
    let words = WordsToFind::look_up(store, terms).await?;
    let mut wanted = words.wanted(query);
    let find = async |wanted: &Wanted| store.candidates(&query.kinds, wanted).await.context("look up documents");
    let mut candidates = find(&wanted).await?;
    if candidates.rows.is_empty()
        && let Some(fewer) = words.with_one_missing()
    {
        wanted.exact = fewer;
        candidates = find(&wanted).await?;
    }
    Ok(ranked(candidates, query))
}

fn ranked(candidates: Candidates, query: &Query) -> Results {
    let mut hits: Vec<Hit> = candidates
        .rows
        .into_iter()
        .map(|found| {
            let place = Place::Ranked(query.terms.score(found.text()), found.popularity, found.id);
            Hit { found, place }
        })
        .filter(|hit| query.page.after.as_ref().is_none_or(|after| order(&hit.place) > order(after)))
        .collect();
    hits.sort_by_key(|hit| order(&hit.place));
    hits.truncate(query.page.limit() as usize);
    Results { hits, estimated_total: candidates.total }
}

/// What results are sorted by: the best score, then the most plays, then the id.
fn order(place: &Place) -> (std::cmp::Reverse<(i64, i64)>, uuid::Uuid) {
    match place {
        Place::Ranked(score, popularity, id) => (std::cmp::Reverse((*score, *popularity)), *id),
        // A cursor of the other implementation begins at the top.
        Place::At(_) => (std::cmp::Reverse((i64::MAX, i64::MAX)), uuid::Uuid::nil()),
    }
}

/// For each word of the query the words that answer it.
struct WordsToFind {
    words: Vec<String>,
    alternatives: Vec<String>,
    joined: Vec<(usize, String)>,
}

impl WordsToFind {
    async fn look_up(store: &Store, terms: &Terms) -> anyhow::Result<Self> {
        let pairs = terms.joined().into_iter().map(|(_, pair)| pair);
        let same: Vec<String> = terms.words.iter().cloned().chain(pairs).collect();
        // Of short words no letter may be wrong.
        let may_be_wrong = |word: &String| if tolerated(word) > 0 { word.clone() } else { String::new() };
        let words: Vec<String> = terms.words.iter().map(may_be_wrong).collect();
        let known = store.known_words(&same, &words).await.context("look up words")?;
        Ok(Self::new(terms, known))
    }

    fn new(terms: &Terms, known: KnownWords) -> Self {
        let mut alternatives: Vec<Vec<String>> = Vec::with_capacity(terms.words.len());
        for (at, word) in terms.words.iter().enumerate() {
            // A word that is one, and not the last, is no beginning of another: looking for all that begin like common ones takes long.
            let is_begun = terms.may_be_prefix(at) && (at + 1 == terms.words.len() || !known.same.contains(word));
            let end = if is_begun { ":*" } else { "" };
            let others = synonyms::of(word).map(lexeme);
            alternatives.push([lexeme(word) + end].into_iter().chain(others).collect());
        }
        for (at, word) in known.similar {
            if matches!(terms.closeness(at, &word), Some(Closeness::Near | Closeness::Far)) {
                alternatives[at].push(lexeme(&word));
            }
        }
        let alternatives = alternatives.into_iter().map(|words| format!("({})", words.join(" | "))).collect();
        let mut joined = terms.joined();
        joined.retain(|(_, pair)| known.same.contains(pair));
        let joined = joined.into_iter().map(|(at, pair)| (at, lexeme(&pair))).collect();
        let last = terms.words.len() - 1;
        let word = |(at, word): (usize, &String)| lexeme(word) + if at == last && is_begun(word) { ":*" } else { "" };
        Self { words: terms.words.iter().enumerate().map(word).collect(), alternatives, joined }
    }

    fn wanted(&self, query: &Query) -> Wanted {
        let (most, enough) =
            if query.page.after.is_some() { (RANKED_LATER, i64::MAX) } else { (RANKED_FIRST, query.page.limit()) };
        let (whole, shows_explicit) = (query.terms.whole.clone(), query.shows_explicit);
        Wanted { whole, exact: self.exact(), alike: self.alike(), enough, most, shows_explicit }
    }

    /// Every word of the query as it is written; the last may be the beginning of one.
    fn exact(&self) -> String {
        self.all(&self.words)
    }

    /// Every word of the query, or one that is like it.
    fn alike(&self) -> String {
        self.all(&self.alternatives)
    }

    /// Documents that lack one of the words, when there are several.
    fn with_one_missing(&self) -> Option<String> {
        if self.alternatives.len() < 2 {
            return None;
        }
        let without = |at: usize| {
            let rest = self.alternatives.iter().enumerate().filter(|(other, _)| *other != at);
            format!("({})", rest.map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(" & "))
        };
        Some((0..self.alternatives.len()).map(without).collect::<Vec<_>>().join(" | "))
    }

    /// All of the words, neighbours apart or, where that is a word, written as one.
    fn all(&self, words: &[String]) -> String {
        let mut ways = vec![each_once(words)];
        for (at, pair) in &self.joined {
            let mut way = words.to_vec();
            way.splice(*at..at + 2, [pair.clone()]);
            ways.push(each_once(&way));
        }
        ways.into_iter().map(|way| format!("({way})")).collect::<Vec<_>>().join(" | ")
    }
}

/// Whether so much of a word is typed that what begins like it is looked for even where the very word is found.
fn is_begun(word: &str) -> bool {
    word.chars().count() >= 3 || word.starts_with(names::is_unspaced)
}

fn each_once(words: &[String]) -> String {
    let mut once: Vec<&str> = Vec::with_capacity(words.len());
    for word in words {
        if !once.contains(&word.as_str()) {
            once.push(word);
        }
    }
    once.join(" & ")
}

/// A word as a `tsquery` takes it.
fn lexeme(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &str, same: &[&str], similar: &[(usize, &str)]) -> WordsToFind {
        let same = same.iter().map(|word| (*word).to_owned()).collect();
        let similar = similar.iter().map(|(at, word)| (*at, (*word).to_owned())).collect();
        WordsToFind::new(&Terms::read(query), KnownWords { same, similar })
    }

    #[test]
    fn a_query_asks_for_every_word_as_it_is_and_for_those_like_it() {
        let words = words("sugar can", &["sugarcan"], &[(0, "suger"), (0, "lager")]);
        assert_eq!(words.exact(), "('sugar' & 'can':*) | ('sugarcan')");
        assert_eq!(words.alike(), "(('sugar':* | 'suger') & ('can':*)) | ('sugarcan')");
        assert_eq!(words.with_one_missing().unwrap(), "(('can':*)) | (('sugar':* | 'suger'))");
    }

    #[test]
    fn a_word_that_is_known_is_no_beginning_unless_it_is_still_typed() {
        assert_eq!(words("sugar sugar", &["sugar"], &[]).alike(), "(('sugar') & ('sugar':*))");
        assert_eq!(words("sugar sugar", &["sugar"], &[]).exact(), "('sugar' & 'sugar':*)");
        assert_eq!(words("sugar mo", &["sugar"], &[]).exact(), "('sugar' & 'mo')");
    }

    #[test]
    fn quotes_stay_inside_their_word() {
        assert_eq!(lexeme(r"a'b\c"), r"'a''b\\c'");
    }
}
