//! Many things at once by their ids. There is no list of ids to ask by, so one operation has an alias for each; it is put
//! together while the command runs and is therefore not checked when it is built.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::upload::UploadState;
use crate::{client::Client, error::ApiError};

/// How many aliases an operation may have; the router takes 50.
const BATCH: usize = 40;
/// How many operations are under way at once.
const BATCHES_AT_ONCE: usize = 3;

/// Where a thing stands that can be asked for by its id.
pub(crate) trait ById: DeserializeOwned {
    /// The field of `Query` that takes an `id`.
    const FIELD: &'static str;
    /// What is asked of it.
    const SELECTION: &'static str;
}

/// What of an upload tells whether its music is still there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct UploadFacts {
    pub(crate) state: UploadState,
    /// None once nobody keeps it, and until the catalog has made it.
    pub(crate) track: Option<Exists>,
    /// The tracks of a file that is a whole album.
    #[serde(default)]
    pub(crate) cuts: Vec<CutFacts>,
}

/// Whether a track of a file is still there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CutFacts {
    pub(crate) track: Option<Exists>,
}

impl UploadFacts {
    /// Whether anybody keeps music of it.
    pub(crate) fn has_track(&self) -> bool {
        self.track.is_some() || self.cuts.iter().any(|cut| cut.track.is_some())
    }
}

/// That something is there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Exists {}

impl ById for UploadFacts {
    const FIELD: &'static str = "upload";
    const SELECTION: &'static str = "state track { id } cuts { track { id } }";
}

/// An album, and its cover.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlbumFacts {
    pub(crate) id: String,
    pub(crate) cover_url: Option<String>,
}

/// What of a track tells whether it lacks what lies beside its file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TrackFacts {
    pub(crate) album: Option<AlbumFacts>,
    pub(crate) lyrics: Option<Exists>,
}

impl ById for TrackFacts {
    const FIELD: &'static str = "track";
    const SELECTION: &'static str = "album { id coverUrl } lyrics { synced }";
}

/// Asks for all of these. What is not there is not in the answer.
pub(crate) async fn by_ids<T: ById>(client: &Client, ids: &[String]) -> Result<HashMap<String, T>, ApiError> {
    let batches = ids.chunks(BATCH).map(|ids| batch(client, ids));
    let found: Vec<Vec<(String, T)>> = stream::iter(batches).buffer_unordered(BATCHES_AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn batch<T: ById>(client: &Client, ids: &[String]) -> Result<Vec<(String, T)>, ApiError> {
    let (mut answer, is_partial) = client.post::<HashMap<String, Option<T>>>(&operation::<T>(ids)).await?;
    if is_partial {
        return Err(ApiError::Failed { code: None, message: "a part of the answer is missing".to_owned() });
    }
    let found = ids.iter().enumerate().filter_map(|(index, id)| Some((id.clone(), answer.remove(&alias(index))??)));
    Ok(found.collect())
}

fn alias(index: usize) -> String {
    format!("i{index}")
}

fn operation<T: ById>(ids: &[String]) -> Value {
    let aliases: Vec<_> = (0..ids.len()).map(alias).collect();
    let (field, selection) = (T::FIELD, T::SELECTION);
    let parameters = aliases.iter().map(|alias| format!("${alias}: ID!")).collect::<Vec<_>>().join(" ");
    let fields = aliases.iter().map(|alias| format!("{alias}: {field}(id: ${alias}) {{ {selection} }}"));
    let fields = fields.collect::<Vec<_>>().join(" ");
    let variables: Map<_, _> = aliases.into_iter().zip(ids).map(|(alias, id)| (alias, json!(id))).collect();
    json!({ "query": format!("query({parameters}) {{ {fields} }}"), "variables": variables })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_an_alias_and_a_variable() {
        let body = operation::<TrackFacts>(&["trk_1".to_owned(), "trk_2".to_owned()]);
        let query = "query($i0: ID! $i1: ID!) { i0: track(id: $i0) { album { id coverUrl } lyrics { synced } } \
                     i1: track(id: $i1) { album { id coverUrl } lyrics { synced } } }";
        assert_eq!(body, json!({ "query": query, "variables": { "i0": "trk_1", "i1": "trk_2" } }));
    }
}
