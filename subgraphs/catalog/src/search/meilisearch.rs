//! Search in Meilisearch, the mirror of the documents.

use polyphony_names as names;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use meilisearch_sdk::{
    client::{Client, SwapIndexes},
    errors::{Error, ErrorCode},
    indexes::{Index, IndexesQuery},
    search::{MatchingStrategies, Selectors},
    settings::{MinWordSizeForTypos, PaginationSetting, Settings, TypoToleranceSettings},
    task_info::TaskInfo,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Hit, Place, Query, Results};
use crate::{
    domain::{Kind, synonyms},
    store::candidate::Candidate,
};

/// Nobody pages further than this.
const MAX_RESULTS: usize = 1_000;
/// How long the mirror may take for what it was given.
const TASK_TIMEOUT: Duration = Duration::from_mins(5);
/// So many batches may wait for it while it is filled anew.
const MOST_WAITING: usize = 20;
/// So many indexes are looked through for what killed rebuilds have left.
const MAX_INDEXES: usize = 10_000;
/// How often it is asked whether it has.
const TASK_POLL: Duration = Duration::from_millis(50);
/// How long a search may take, before PostgreSQL is asked instead.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(2);

/// A Meilisearch server, and the index of it that is ours.
#[derive(Clone)]
pub struct Meilisearch {
    client: Client,
    name: String,
    /// Whether it has all documents, or nearly, as far as this process knows; shared by all clones.
    is_current: Arc<AtomicBool>,
}

/// A document as Meilisearch has it.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: Uuid,
    kind: String,
    title: String,
    subtitle: String,
    /// Letters that Meilisearch does not fold by itself, folded.
    folded: String,
    popularity: i64,
    #[serde(default)]
    explicit: bool,
}

impl From<Candidate> for Entry {
    fn from(document: Candidate) -> Self {
        let folded = names::text(&format!("{} {}", document.title, document.subtitle));
        Self {
            id: document.id,
            kind: document.kind.as_str().to_owned(),
            title: document.title,
            subtitle: document.subtitle,
            folded,
            popularity: document.popularity,
            explicit: document.explicit,
        }
    }
}

impl From<Entry> for Candidate {
    fn from(entry: Entry) -> Self {
        let kind = Kind::from(entry.kind);
        let (popularity, explicit) = (entry.popularity, entry.explicit);
        Self { id: entry.id, kind, title: entry.title, subtitle: entry.subtitle, popularity, explicit }
    }
}

impl Meilisearch {
    /// The index `name` of the server at `url`.
    pub fn new(url: &str, key: Option<&str>, name: &str) -> anyhow::Result<Self> {
        let client = Client::new(url, key).context("make a Meilisearch client")?;
        Ok(Self { client, name: name.to_owned(), is_current: Arc::new(AtomicBool::new(false)) })
    }

    /// What the index is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has all documents, or nearly: searches go elsewhere otherwise. The mirror finds out and keeps it.
    pub(super) fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Relaxed)
    }

    /// Keeps whether it has all documents; tells whether that is news.
    pub(super) fn set_current(&self, is_current: bool) -> bool {
        self.is_current.swap(is_current, Ordering::Relaxed) != is_current
    }

    /// How many documents it has; none where the index is missing.
    pub(super) async fn count(&self) -> anyhow::Result<Option<u64>> {
        let index = self.client.index(&self.name);
        match tokio::time::timeout(SEARCH_TIMEOUT, index.get_stats()).await.context("Meilisearch does not answer")? {
            Ok(stats) => Ok(Some(stats.number_of_documents as u64)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error).context("ask Meilisearch how many documents it has"),
        }
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let health = tokio::time::timeout(SEARCH_TIMEOUT, self.client.health()).await;
        health.context("Meilisearch does not answer")?.context("ask Meilisearch how it is")?;
        Ok(())
    }

    /// Makes the index, and gives it our settings.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        self.prepare_named(&self.name).await
    }

    async fn prepare_named(&self, name: &str) -> anyhow::Result<()> {
        if let Err(error) = self.client.get_index(name).await {
            if !is_missing(&error) {
                return Err(error).context("look for the index");
            }
            let made = self.client.create_index(name, Some("id")).await.context("make the index")?;
            self.finish(made).await?;
        }
        let settings = Settings::new()
            .with_searchable_attributes(["title", "subtitle", "folded"])
            .with_filterable_attributes(["kind", "explicit"])
            .with_ranking_rules(["words", "typo", "exactness", "attribute", "proximity", "popularity:desc"])
            .with_synonyms(synonyms::all().collect::<HashMap<_, _>>())
            .with_typo_tolerance(TypoToleranceSettings {
                // As many letters may be wrong as `relevance::tolerated` says.
                min_word_size_for_typos: Some(MinWordSizeForTypos { one_typo: Some(4), two_typos: Some(8) }),
                ..TypoToleranceSettings::default()
            })
            .with_pagination(PaginationSetting { max_total_hits: MAX_RESULTS });
        let set = self.client.index(name).set_settings(&settings).await.context("set up the index")?;
        self.finish(set).await
    }

    pub(super) async fn search(&self, query: &Query) -> anyhow::Result<Results> {
        let index = self.client.index(&self.name);
        let kinds: Vec<String> = query.kinds.iter().map(|kind| format!("kind = {}", kind.as_str())).collect();
        let mut filter = kinds.join(" OR ");
        if !query.shows_explicit {
            // What was written before documents said so lacks the attribute.
            filter = format!("({filter}) AND explicit != true");
        }
        let offset = match query.page.after {
            Some(Place::At(place)) => place.min(MAX_RESULTS) + 1,
            _ => 0,
        };
        let mut request = index.search();
        request
            .with_query(&query.terms.text)
            .with_filter(&filter)
            .with_offset(offset)
            .with_limit(query.page.limit() as usize)
            .with_matching_strategy(MatchingStrategies::LAST)
            .with_attributes_to_retrieve(Selectors::All);
        let answer = tokio::time::timeout(SEARCH_TIMEOUT, request.execute::<Entry>()).await;
        let answer = answer.context("Meilisearch does not answer")?.context("ask Meilisearch")?;
        let hits = answer.hits.into_iter().enumerate();
        let hits = hits.map(|(at, hit)| Hit { found: hit.result.into(), place: Place::At(offset + at) }).collect();
        Ok(Results { hits, estimated_total: answer.estimated_total_hits.unwrap_or(0) as i64 })
    }

    /// Writes these documents and removes those, and waits until both can be seen.
    pub async fn write(&self, put: Vec<Candidate>, remove: &[Uuid]) -> anyhow::Result<()> {
        self.write_to(&self.client.index(&self.name), put, remove).await
    }

    async fn write_to(&self, index: &Index, put: Vec<Candidate>, remove: &[Uuid]) -> anyhow::Result<()> {
        let entries: Vec<Entry> = put.into_iter().map(Entry::from).collect();
        if !remove.is_empty() {
            let removed = index.delete_documents(remove).await.context("remove documents from Meilisearch")?;
            self.finish(removed).await?;
        }
        if !entries.is_empty() {
            let added = index.add_or_replace(&entries, Some("id")).await.context("give documents to Meilisearch")?;
            self.finish(added).await?;
        }
        Ok(())
    }

    /// Fills a fresh index with what `next` gives, batch by batch until it gives nothing; gives its name.
    pub(super) async fn fill(
        &self,
        mut next: impl AsyncFnMut() -> anyhow::Result<Vec<Candidate>>,
    ) -> anyhow::Result<String> {
        self.prepare().await?;
        let fresh = format!("{}_{}", self.name, Uuid::now_v7().simple());
        self.prepare_named(&fresh).await?;
        let index = self.client.index(&fresh);
        // Meilisearch joins what waits for it: it is given more before it has taken the last, but not without end.
        let mut sent = VecDeque::new();
        loop {
            let entries: Vec<Entry> = next().await?.into_iter().map(Entry::from).collect();
            if entries.is_empty() {
                break;
            }
            let added = index.add_or_replace(&entries, Some("id")).await.context("give documents to Meilisearch")?;
            sent.push_back(added);
            if sent.len() > MOST_WAITING
                && let Some(oldest) = sent.pop_front()
            {
                self.finish(oldest).await?;
            }
        }
        for task in sent {
            self.finish(task).await?;
        }
        Ok(fresh)
    }

    /// Has our index and this one change places.
    pub(super) async fn swap(&self, fresh: &str) -> anyhow::Result<()> {
        let pair = SwapIndexes { indexes: (self.name.clone(), fresh.to_owned()), rename: None };
        let swapped = self.client.swap_indexes([&pair]).await.context("put the fresh index in place")?;
        self.finish(swapped).await
    }

    /// Deletes what was begun to be filled before then and did not come to its place.
    pub(super) async fn sweep(&self, before: DateTime<Utc>) -> anyhow::Result<()> {
        let mut all = IndexesQuery::new(&self.client);
        let all = all.with_limit(MAX_INDEXES).execute().await.context("list the indexes")?;
        for index in all.results.iter().filter(|index| was_begun_before(&self.name, &index.uid, before)) {
            tracing::info!(index.name = index.uid, "what a killed rebuild left is deleted");
            self.delete_named(&index.uid).await?;
        }
        Ok(())
    }

    /// Deletes the index and all that is in it.
    pub async fn delete(&self) -> anyhow::Result<()> {
        self.delete_named(&self.name).await
    }

    pub(super) async fn delete_named(&self, name: &str) -> anyhow::Result<()> {
        let deleted = self.client.delete_index(name).await.context("delete an index")?;
        self.finish(deleted).await
    }

    async fn finish(&self, task: TaskInfo) -> anyhow::Result<()> {
        let done = task.wait_for_completion(&self.client, Some(TASK_POLL), Some(TASK_TIMEOUT)).await;
        let done = done.context("wait for Meilisearch")?;
        if done.is_failure() {
            bail!("Meilisearch refused: {}", done.unwrap_failure());
        }
        Ok(())
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Meilisearch(error) if error.error_code == ErrorCode::IndexNotFound)
}

/// Whether `index` is one that was begun before then to take the place of `name`: it is called by that and its time.
fn was_begun_before(name: &str, index: &str, before: DateTime<Utc>) -> bool {
    let id = index.strip_prefix(name).and_then(|rest| Uuid::try_parse(rest.strip_prefix('_')?).ok());
    let at = id.and_then(|id| id.get_timestamp()).map(|at| at.to_unix().0 as i64);
    at.and_then(|at| DateTime::from_timestamp(at, 0)).is_some_and(|at| at < before)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::{NoContext, Timestamp};

    use super::*;

    #[test]
    fn what_a_rebuild_left_is_known_by_its_name() {
        let before = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let id = |seconds: i64| {
            let at = (before.timestamp() + seconds) as u64;
            Uuid::new_v7(Timestamp::from_unix(NoContext, at, 0)).simple().to_string()
        };
        assert!(was_begun_before("polyphony", &format!("polyphony_{}", id(-1)), before));
        for other in [format!("polyphony_{}", id(1)), format!("other_{}", id(-1)), id(-1), "polyphony".to_owned()] {
            assert!(!was_begun_before("polyphony", &other, before), "{other}");
        }
        assert!(!was_begun_before("polyphony", &format!("polyphony_x_{}", id(-1)), before), "that of another index");
    }
}
