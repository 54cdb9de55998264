//! What makes the demo library look lived in: kinds and biographies, likes, history and playlists.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::library::{ALBUMS, ARTISTS, Kind};
use super::music::file_name;
use super::people::Person;
use super::random::Random;

/// Operations of one request; the router allows 50 aliases.
const BATCH: usize = 20;
/// Plays of each listener.
const PLAYS: usize = 36;
/// The oldest play; the platform takes plays of the last 60 days.
const HISTORY_DAYS: f64 = 25.0;

/// An imported track, by ids.
struct Track {
    id: String,
    album: String,
    artists: Vec<String>,
}

/// The imported library, by ids.
pub(super) struct Imported {
    /// In the order of the albums and their tracks.
    tracks: Vec<Track>,
    /// By name.
    artists: HashMap<String, String>,
}

impl Imported {
    /// Looks up what became of the files; `tracks` has the track of each by the file's name.
    pub(super) fn look_up(admin: &Person, tracks: &HashMap<String, String>) -> anyhow::Result<Self> {
        let files = ALBUMS.iter().flat_map(|album| (1..=album.tracks.len()).map(move |at| file_name(album, at)));
        let ids: Vec<&str> = files.filter_map(|name| tracks.get(&name).map(String::as_str)).collect();
        let mut imported = Self { tracks: Vec::new(), artists: HashMap::new() };
        for some in ids.chunks(BATCH) {
            let fields = "{ id album { id } artists { id name } }";
            let asked = aliased(some.iter().map(|id| format!("track(id: {}) {fields}", quoted(id))));
            let data = admin.client.run(&format!("query Tracks {{ {asked} }}"), &json!({}))?;
            for at in 0..some.len() {
                imported.add(&data[format!("a{at}")]);
            }
        }
        Ok(imported)
    }

    fn add(&mut self, track: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let artists = track["artists"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.artists.extend(artists.iter().map(|artist| (text(&artist["name"]), text(&artist["id"]))));
        let artists = artists.iter().map(|artist| text(&artist["id"])).collect();
        self.tracks.push(Track { id: text(&track["id"]), album: text(&track["album"]["id"]), artists });
    }

    /// Says what the tags of files cannot: what kind each release is, and who the artists are.
    pub(super) fn describe(&self, admin: &Person) -> anyhow::Result<()> {
        let mut first = 0;
        let mut operations = Vec::new();
        for album in &ALBUMS {
            let track = self.tracks.get(first).context("a track of the library is missing")?;
            first += album.tracks.len();
            let artist = self.artists.get(album.artist).context("an artist of the library is missing")?;
            if album.kind != Kind::Album {
                let (id, title, artist) = (quoted(&track.album), quoted(album.title), quoted(artist));
                let input = format!("{{ title: {title}, artistIds: [{artist}], kind: {} }}", album.kind.as_str());
                operations.push(format!("updateAlbum(id: {id}, input: {input}) {{ userErrors {{ code message }} }}"));
            }
        }
        for artist in &ARTISTS {
            let id = self.artists.get(artist.name).context("an artist of the library is missing")?;
            let (id, name, bio) = (quoted(id), quoted(artist.name), quoted(artist.bio));
            let input = format!("{{ name: {name}, bio: {bio} }}");
            operations.push(format!("updateArtist(id: {id}, input: {input}) {{ userErrors {{ code message }} }}"));
        }
        mutate(admin, &operations)
    }

    /// Gives a listener likes, saved albums, artists and a history; two listeners have different tastes.
    pub(super) fn enjoy(&self, person: &Person, name: &str) -> anyhow::Result<()> {
        let mut random = Random::of(name);
        let liked: BTreeSet<&str> = (0..14).map(|_| random.pick(&self.tracks).id.as_str()).collect();
        let saved: BTreeSet<&str> = (0..6).map(|_| random.pick(&self.tracks).album.as_str()).collect();
        let followed: BTreeSet<&str> = (0..4).map(|_| random.pick(&self.tracks).artists[0].as_str()).collect();
        let fields = "{ userErrors { code message } }";
        let mut operations = vec![
            format!("setLiked(trackIds: {}, liked: true) {fields}", list(&liked)),
            format!("setSaved(albumIds: {}, saved: true) {fields}", list(&saved)),
            format!("setFollowed(artistIds: {}, followed: true) {fields}", list(&followed)),
        ];
        let now = SystemTime::now();
        for number in 0..PLAYS {
            // What somebody likes is played more often.
            let liked_ids: Vec<&str> = liked.iter().copied().collect();
            let again = random.unit() < 0.6;
            let track = if again { *random.pick(&liked_ids) } else { random.pick(&self.tracks).id.as_str() };
            // More of it lately.
            let days_ago = HISTORY_DAYS * random.unit().powi(2) + 0.02;
            let at = DateTime::<Utc>::from(now - Duration::from_secs_f64(days_ago * 86_400.0));
            let (play, track) = (quoted(&format!("demo-{name}-{number}")), quoted(track));
            let started_at = quoted(&at.to_rfc3339());
            let input = format!("playId: {play}, trackId: {track}, startedAt: {started_at}, playedMs: 11000");
            operations.push(format!("reportPlay(input: {{ {input} }}) {fields}"));
        }
        mutate(person, &operations)
    }

    /// Makes a playlist that both listeners fill, with a link for everybody, and a smart one.
    pub(super) fn compile(&self, owner: &Person, friend: &Person) -> anyhow::Result<()> {
        let titles = titles(owner)?;
        if !titles.contains(SHARED) {
            self.share(owner, friend)?;
        }
        if !titles.contains(SMART) {
            owner.client.accepted(CREATE_SMART, &json!({ "title": SMART, "rules": smart_rules() }))?;
        }
        Ok(())
    }

    fn share(&self, owner: &Person, friend: &Person) -> anyhow::Result<()> {
        let input = json!({ "title": SHARED, "description": "Add what you would play next.", "visibility": "PUBLIC" });
        let made = owner.client.accepted(CREATE, &json!({ "input": input }))?;
        let id = &made["createPlaylist"]["playlist"]["id"];
        let every = |from: usize| -> Vec<&str> {
            self.tracks.iter().skip(from).step_by(5).map(|track| track.id.as_str()).collect()
        };
        let roles = json!({ "id": id, "friend": friend.user });
        owner.client.accepted(SHARE, &roles)?;
        let invited = friend.client.run(INVITED, &json!({}))?;
        let invitation = &invited["viewer"]["playlistInvitations"]["edges"][0]["node"]["id"];
        friend.client.accepted(ACCEPT, &json!({ "id": invitation }))?;
        for (person, tracks) in [(owner, every(0)), (friend, every(2))] {
            person.client.accepted(ADD, &json!({ "id": id, "tracks": tracks }))?;
        }
        Ok(())
    }
}

const SHARED: &str = "Kitchen Table";
const SMART: &str = "Quiet Hours";

const TITLES: &str = "query Titles { viewer { playlists(first: 50) { edges { node { title } } } } }";
const CREATE: &str = "mutation Create($input: PlaylistInput!) {
    createPlaylist(input: $input) { playlist { id } userErrors { code message } } }";
const SHARE: &str = "mutation Share($id: ID!, $friend: ID!) {
    setPlaylistCollaborator(playlistId: $id, userId: $friend, role: EDITOR) { userErrors { code message } }
    sharePlaylist(id: $id, enabled: true) { userErrors { code message } } }";
const INVITED: &str = "query Invited { viewer { playlistInvitations(first: 1) { edges { node { id } } } } }";
const ACCEPT: &str = "mutation Accept($id: ID!) {
    answerPlaylistInvitation(invitationId: $id, accept: true) { userErrors { code message } } }";
const ADD: &str = "mutation Add($id: ID!, $tracks: [ID!]!) {
    addPlaylistItems(playlistId: $id, trackIds: $tracks) { userErrors { code message } } }";
const CREATE_SMART: &str = "mutation CreateSmart($title: String!, $rules: SmartRulesInput!) {
    createSmartPlaylist(title: $title, rules: $rules) { userErrors { code message } } }";

fn smart_rules() -> Value {
    let genre = |name: &str| json!({ "field": "GENRE", "op": "IS", "value": name });
    json!({ "match": "ANY", "rules": [genre("Ambient"), genre("Piano"), genre("Folk")], "sort": "TITLE", "limit": 50 })
}

/// The titles of a person's playlists.
fn titles(person: &Person) -> anyhow::Result<BTreeSet<String>> {
    let data = person.client.run(TITLES, &json!({}))?;
    let edges = data["viewer"]["playlists"]["edges"].as_array().cloned().unwrap_or_default();
    Ok(edges.iter().filter_map(|edge| edge["node"]["title"].as_str().map(str::to_owned)).collect())
}

/// Sends mutations, several in each request.
fn mutate(person: &Person, operations: &[String]) -> anyhow::Result<()> {
    for some in operations.chunks(BATCH) {
        let document = format!("mutation Demo {{ {} }}", aliased(some.iter().cloned()));
        person.client.accepted(&document, &json!({}))?;
    }
    Ok(())
}

/// Operations beside each other: the first is `a0`.
fn aliased(operations: impl Iterator<Item = String>) -> String {
    operations.enumerate().map(|(at, operation)| format!("a{at}: {operation}")).collect::<Vec<_>>().join(" ")
}

/// A string of GraphQL: one of JSON is one.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(ids: &BTreeSet<&str>) -> String {
    json!(ids).to_string()
}
