//! Search in PostgreSQL: an inverted index of words, and trigrams for the words that are misspelt.

use anyhow::Context;

use super::{Hit, Place, Query, Results};
use crate::{
    domain::{
        relevance::{Closeness, Terms, Text},
        synonyms,
    },
    store::{
        Store,
        search::{Candidates, Wanted},
    },
};

pub(super) async fn search(store: &Store, query: &Query) -> anyhow::Result<Results> {
    let terms = &query.terms;
    let similar = store.similar_words(&terms.words).await.context("look up similar words")?;
    let words = WordsToFind::new(terms, similar);
    let mut candidates = store.candidates(&query.kinds, &words.wanted(terms)).await.context("look up documents")?;
    if candidates.rows.is_empty()
        && let Some(wanted) = words.with_one_missing(terms)
    {
        candidates = store.candidates(&query.kinds, &wanted).await.context("look up documents with fewer words")?;
    }
    Ok(ranked(candidates, query))
}

fn ranked(candidates: Candidates, query: &Query) -> Results {
    let score = |title: &str, subtitle: &str| query.terms.score(Text { title, subtitle });
    let mut hits: Vec<Hit> = candidates
        .rows
        .into_iter()
        .map(|found| {
            let place = Place::Ranked(score(&found.title, &found.subtitle), found.popularity, found.id);
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
    alternatives: Vec<String>,
    joined: Vec<(usize, String)>,
}

impl WordsToFind {
    fn new(terms: &Terms, similar: Vec<(usize, String)>) -> Self {
        let mut alternatives: Vec<Vec<String>> = Vec::with_capacity(terms.words.len());
        for (at, word) in terms.words.iter().enumerate() {
            let end = if terms.may_be_prefix(at) { ":*" } else { "" };
            let others = synonyms::of(word).map(lexeme);
            alternatives.push([lexeme(word) + end].into_iter().chain(others).collect());
        }
        for (at, word) in similar {
            if matches!(terms.closeness(at, &word), Some(Closeness::Near | Closeness::Far)) {
                alternatives[at].push(lexeme(&word));
            }
        }
        let alternatives = alternatives.into_iter().map(|words| format!("({})", words.join(" | "))).collect();
        let joined = terms.joined().into_iter().map(|(at, pair)| (at, lexeme(&pair))).collect();
        Self { alternatives, joined }
    }

    fn wanted(&self, terms: &Terms) -> Wanted {
        let exact: Vec<String> = terms.words.iter().map(|word| lexeme(word)).collect();
        Wanted { whole: terms.whole.clone(), strict: self.all(&exact), loose: self.all(&self.alternatives) }
    }

    /// Documents that lack one of the words, when there are several.
    fn with_one_missing(&self, terms: &Terms) -> Option<Wanted> {
        if self.alternatives.len() < 2 {
            return None;
        }
        let without = |at: usize| {
            let rest = self.alternatives.iter().enumerate().filter(|(other, _)| *other != at);
            format!("({})", rest.map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(" & "))
        };
        let loose = (0..self.alternatives.len()).map(without).collect::<Vec<_>>().join(" | ");
        Some(Wanted { whole: terms.whole.clone(), strict: loose.clone(), loose })
    }

    /// All of the words, neighbours apart or written as one.
    fn all(&self, words: &[String]) -> String {
        let mut ways = vec![words.join(" & ")];
        for (at, pair) in &self.joined {
            let mut way: Vec<&str> = words.iter().map(String::as_str).collect();
            way.splice(*at..at + 2, [pair.as_str()]);
            ways.push(way.join(" & "));
        }
        ways.into_iter().map(|way| format!("({way})")).collect::<Vec<_>>().join(" | ")
    }
}

/// A word as a `tsquery` takes it.
fn lexeme(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_every_word_as_it_is_and_for_those_like_it() {
        let terms = Terms::read("sugar can");
        let words = WordsToFind::new(&terms, vec![(0, "suger".to_owned()), (0, "lager".to_owned())]);
        let wanted = words.wanted(&terms);
        assert_eq!(wanted.strict, "('sugar' & 'can') | ('sugarcan')");
        assert_eq!(wanted.loose, "(('sugar':* | 'suger') & ('can':*)) | ('sugarcan')");
        assert_eq!(words.with_one_missing(&terms).unwrap().loose, "(('can':*)) | (('sugar':* | 'suger'))");
    }

    #[test]
    fn quotes_stay_inside_their_word() {
        assert_eq!(lexeme(r"a'b\c"), r"'a''b\\c'");
    }
}
