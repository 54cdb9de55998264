//! From the tags of a file to what the catalog should hold of it.

use polyphony_events::media::Tags;
use polyphony_names as names;

use super::{
    AlbumKind,
    album::{MAX_ARTISTS, MAX_GENRES},
    artist::{UNKNOWN, VARIOUS},
    lead,
    text::{self, MAX_NAME},
    track::MAX_NUMBER,
    various,
};

/// What introduces guests. Those that a title names stay in the title: players and taggers expect it as it stands.
const GUESTS: [&str; 5] = ["feat. ", "feat ", "ft. ", "ft ", "featuring "];
/// What separates artists in one tag. `&`, `,` and `/` without blanks are parts of names ("AC/DC").
const SEPARATORS: [&str; 8] = [";", " / ", " feat. ", " feat ", " ft. ", " ft ", " featuring ", "\0"];

/// An artist as a file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedArtist {
    /// The name.
    pub name: String,
    /// That, folded: what it is matched by.
    pub folded: String,
    /// Its id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// What it is sorted by, where the file says so.
    pub sort_name: Option<String>,
}

/// An album as a file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedAlbum {
    /// The title.
    pub title: String,
    /// That, folded.
    pub folded: String,
    /// What kind of release it is.
    pub kind: AlbumKind,
    /// Its artists, in order.
    pub artists: Vec<TaggedArtist>,
    /// Who may lead the album, where the file does not say whose it is: see [`lead::readings`]. The artists are a guess then.
    pub lead: Option<Vec<String>>,
    /// When it was released.
    pub released_on: Option<String>,
    /// The release's id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// The id of its release group in MusicBrainz.
    pub release_group_id: Option<String>,
    /// How many tracks the file's disc has.
    pub track_total: Option<i32>,
}

/// A track as a file names it; nothing that the catalog needs is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedTrack {
    /// The title.
    pub title: String,
    /// Whether the file says its title; else it is made of the file's name.
    pub is_titled: bool,
    /// Its artists, in order; at least one.
    pub artists: Vec<TaggedArtist>,
    /// The album.
    pub album: Option<TaggedAlbum>,
    /// Which disc of the album.
    pub disc_number: Option<i32>,
    /// Which track of the disc.
    pub track_number: Option<i32>,
    /// International Standard Recording Code.
    pub isrc: Option<String>,
    /// The recording's id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Genre names.
    pub genres: Vec<String>,
    /// Lyrics, plain or LRC.
    pub lyrics: Option<String>,
    /// Whether the words are explicit, where the file says so or not.
    pub explicit: Option<bool>,
}

impl TaggedTrack {
    /// Reads tags. Without a title the track is called as its file, without an artist it is by "Unknown Artist".
    pub fn read(tags: &Tags, filename: &str) -> Self {
        let title = clean(tags.title.as_deref());
        let mut artists = credited(&tags.artists, &tags.musicbrainz_artist_ids, tags.artist_sort.as_deref());
        if artists.is_empty() {
            artists.push(TaggedArtist::new(UNKNOWN.to_owned(), None));
        }
        let album = clean(tags.album.as_deref()).map(|title| album(title, tags, &artists));
        let number = |value: Option<i32>, least: i32| value.filter(|value| (least..=MAX_NUMBER).contains(value));
        Self {
            is_titled: title.is_some(),
            title: title.unwrap_or_else(|| title_of(filename)),
            artists,
            album,
            disc_number: number(tags.disc_number, 1),
            track_number: number(tags.track_number, 0),
            isrc: text::isrc("isrc", tags.isrc.as_deref()).ok().flatten(),
            musicbrainz_id: musicbrainz_id(tags.musicbrainz_recording_id.as_deref()),
            genres: genres(&tags.genres),
            lyrics: tags.lyrics.clone().filter(|lyrics| !lyrics.trim().is_empty()),
            explicit: tags.explicit,
        }
    }

    /// The artists of track and album, each once.
    pub fn all_artists(&self) -> Vec<&TaggedArtist> {
        let mut all: Vec<&TaggedArtist> = Vec::new();
        for artist in self.artists.iter().chain(self.album.iter().flat_map(|album| &album.artists)) {
            if !all.iter().any(|known| known.folded == artist.folded && known.musicbrainz_id == artist.musicbrainz_id) {
                all.push(artist);
            }
        }
        all
    }
}

fn album(title: String, tags: &Tags, track_artists: &[TaggedArtist]) -> TaggedAlbum {
    let named = credited(&tags.album_artists, &tags.musicbrainz_album_artist_ids, tags.album_artist_sort.as_deref());
    let is_various = !named.is_empty() && named.iter().all(TaggedArtist::is_various);
    let is_guessed = named.is_empty() && !tags.compilation;
    let leading = track_artists.first().filter(|_| is_guessed);
    let lead = leading.map(|artist| lead::readings(&artist.name, artist.musicbrainz_id.is_some()));
    let artists = if is_various || named.is_empty() {
        if is_various || tags.compilation {
            vec![TaggedArtist::new(VARIOUS.to_owned(), None)]
        } else {
            // Guests of one track do not make another album of it.
            track_artists.iter().take(1).cloned().collect()
        }
    } else {
        named.into_iter().map(|artist| artist.known_from(track_artists)).collect()
    };
    let is_of_type = |name: &str| tags.release_types.iter().any(|known| known == name);
    let kind = if tags.compilation || is_various || is_of_type("compilation") {
        AlbumKind::Compilation
    } else if is_of_type("ep") {
        AlbumKind::Ep
    } else if is_of_type("single") {
        AlbumKind::Single
    } else {
        AlbumKind::Album
    };
    TaggedAlbum {
        folded: names::identity(&title),
        title,
        kind,
        artists,
        lead,
        released_on: text::date("releasedOn", tags.released_on.as_deref()).ok().flatten(),
        musicbrainz_id: musicbrainz_id(tags.musicbrainz_release_id.as_deref()),
        release_group_id: musicbrainz_id(tags.musicbrainz_release_group_id.as_deref()),
        track_total: tags.track_total.filter(|total| (1..=MAX_NUMBER).contains(total)),
    }
}

impl TaggedArtist {
    /// An artist of this name.
    pub fn new(name: String, musicbrainz_id: Option<String>) -> Self {
        Self { folded: names::identity(&name), name, musicbrainz_id, sort_name: None }
    }

    /// Whether this says, in any language, that an album is by nobody in particular.
    fn is_various(&self) -> bool {
        various::is_various(&self.folded, self.musicbrainz_id.as_deref())
    }

    /// Whether the file names no artist.
    pub fn is_unknown(&self) -> bool {
        self.musicbrainz_id.is_none() && self.folded == names::identity(UNKNOWN)
    }

    /// The artist; one without a MusicBrainz id has that which the track gives the name.
    fn known_from(self, artists: &[Self]) -> Self {
        let known = artists.iter().find(|artist| self.musicbrainz_id.is_none() && artist.folded == self.folded);
        known.cloned().unwrap_or(self)
    }
}

/// The artists that a tag names, each once, in order. One that is named alone is sorted by `sort`; several have one text that
/// nobody can cut.
fn credited(tagged: &[String], musicbrainz_ids: &[String], sort: Option<&str>) -> Vec<TaggedArtist> {
    let whole: Vec<String> = tagged.iter().filter_map(|name| clean(Some(name))).collect();
    let parts = split(tagged);
    // As many ids as names tell whether a name is to be split.
    let names = if whole.len() == musicbrainz_ids.len() && !whole.is_empty() { whole } else { parts };
    let ids: Vec<_> = musicbrainz_ids.iter().map(|id| musicbrainz_id(Some(id))).collect();
    let id_of = |at: usize| if ids.len() == names.len() { ids[at].clone() } else { None };
    let mut artists: Vec<TaggedArtist> = Vec::new();
    for (at, name) in names.iter().enumerate().take(MAX_ARTISTS) {
        let artist = TaggedArtist::new(name.clone(), id_of(at));
        if !artists.iter().any(|known| known.folded == artist.folded) {
            artists.push(artist);
        }
    }
    if let [artist] = artists.as_mut_slice() {
        artist.sort_name = clean(sort);
    }
    artists
}

fn split(tagged: &[String]) -> Vec<String> {
    let mut names: Vec<String> = tagged.iter().map(|name| without_brackets(name)).collect();
    for separator in SEPARATORS {
        names = names.iter().flat_map(|name| split_at(name, separator)).collect();
    }
    names.iter().filter_map(|name| clean(Some(name))).collect()
}

/// "A (feat. B)" as "A feat. B"; other brackets are part of a name.
fn without_brackets(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let is_before_guests = |at: usize| GUESTS.iter().any(|word| lower[at + 1..].starts_with(word));
    let Some(at) = lower.match_indices(['(', '[']).map(|(at, _)| at).find(|at| is_before_guests(*at)) else {
        return name.to_owned();
    };
    let guests = &name[at + 1..];
    let mut depth = 1;
    let end = guests.find(|c: char| {
        depth += match c {
            '(' | '[' => 1,
            ')' | ']' => -1,
            _ => 0,
        };
        depth == 0
    });
    let (guests, after) = guests.split_at(end.unwrap_or(guests.len()));
    format!("{} {guests}{}", &name[..at], after.get(1..).unwrap_or_default())
}

/// Splits without regard to ASCII case.
fn split_at(text: &str, separator: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, found) in lower.match_indices(separator) {
        parts.push(text[from..at].to_owned());
        from = at + found.len();
    }
    parts.push(text[from..].to_owned());
    parts
}

fn genres(tagged: &[String]) -> Vec<String> {
    let parts = tagged.iter().flat_map(|tag| tag.split([';', '\0']));
    parts.filter_map(|name| clean(Some(name))).take(MAX_GENRES).collect()
}

fn clean(text: Option<&str>) -> Option<String> {
    let line: String = text::one_line(text?).chars().take(MAX_NAME).collect();
    (!line.is_empty()).then_some(line)
}

fn musicbrainz_id(text: Option<&str>) -> Option<String> {
    text::musicbrainz_id("musicbrainzId", text).ok().flatten()
}

/// The title of a file that names none: the file's name without folders and extension.
pub fn title_of(filename: &str) -> String {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or(filename);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
    clean(Some(stem)).unwrap_or_else(|| "Untitled".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(artists: &[TaggedArtist]) -> Vec<&str> {
        artists.iter().map(|artist| artist.name.as_str()).collect()
    }

    fn tags(artists: &[&str], album: Option<&str>) -> Tags {
        let artists = artists.iter().map(ToString::to_string).collect();
        Tags { title: Some("So Easy".to_owned()), artists, album: album.map(str::to_owned), ..Tags::default() }
    }

    #[test]
    fn a_file_without_tags_is_called_as_it_is_named() {
        let track = TaggedTrack::read(&Tags::default(), "music/01 So Easy.flac");
        assert_eq!((track.title.as_str(), names(&track.artists)), ("01 So Easy", vec!["Unknown Artist"]));
        assert_eq!(TaggedTrack::read(&Tags::default(), ".flac").title, ".flac");
        assert_eq!(TaggedTrack::read(&Tags::default(), "").title, "Untitled");
    }

    #[test]
    fn several_artists_in_one_tag_are_told_apart_and_names_are_left_whole() {
        let artists = |name: &str| TaggedTrack::read(&tags(&[name], None), "x").artists;
        assert_eq!(names(&artists("Röyksopp feat. Robyn; Karin")), ["Röyksopp", "Robyn", "Karin"]);
        assert_eq!(names(&artists("Röyksopp FT. Robyn")), ["Röyksopp", "Robyn"]);
        for (tag, each) in [
            ("Röyksopp (feat. Robyn)", ["Röyksopp", "Robyn"]),
            ("Röyksopp [Ft. Robyn]", ["Röyksopp", "Robyn"]),
            ("Röyksopp (featuring Robyn", ["Röyksopp", "Robyn"]),
            ("A feat. B (UK)", ["A", "B (UK)"]),
            ("A (UK) (feat. B (UK)) ", ["A (UK)", "B (UK)"]),
        ] {
            assert_eq!(names(&artists(tag)), each, "{tag}");
        }
        for whole in ["(Sandy) Alex G", "Sunn O)))", "AC/DC", "Simon & Garfunkel", "Earth, Wind & Fire", "Daft Punk"] {
            assert_eq!(names(&artists(whole)), [whole]);
        }
    }

    #[test]
    fn as_many_ids_as_names_keep_a_name_whole() {
        let id = "1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22".to_owned();
        let tags = Tags { musicbrainz_artist_ids: vec![id.clone()], ..tags(&["One; Two"], None) };
        let track = TaggedTrack::read(&tags, "x");
        assert_eq!((names(&track.artists), track.artists[0].musicbrainz_id.clone()), (vec!["One; Two"], Some(id)));
    }

    #[test]
    fn an_albums_artists_have_ids_of_their_own_or_those_of_the_tracks() {
        let id = |n: u8| format!("1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d2{n}");
        let of_track = Tags {
            musicbrainz_artist_ids: vec![id(1), id(2)],
            album_artists: vec!["Robyn".to_owned()],
            ..tags(&["Röyksopp", "Robyn"], Some("Junior"))
        };
        let ids = |tags: &Tags| {
            let album = TaggedTrack::read(tags, "x").album.unwrap();
            album.artists.into_iter().map(|artist| artist.musicbrainz_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&of_track), [Some(id(2))]);
        let own = Tags { musicbrainz_album_artist_ids: vec![id(3)], ..of_track.clone() };
        assert_eq!(ids(&own), [Some(id(3))]);
        let of_others = Tags { musicbrainz_album_artist_ids: vec![id(3), id(4)], ..of_track };
        assert_eq!(ids(&of_others), [Some(id(2))], "not as many ids as names");
    }

    #[test]
    fn a_compilation_is_by_various_artists_and_guests_make_no_other_album() {
        let compilation = Tags { compilation: true, ..tags(&["Röyksopp"], Some("Hits")) };
        let album = TaggedTrack::read(&compilation, "x").album.unwrap();
        assert_eq!((names(&album.artists), album.kind), (vec!["Various Artists"], AlbumKind::Compilation));
        let album = TaggedTrack::read(&tags(&["Röyksopp feat. Robyn"], Some("Junior")), "x").album.unwrap();
        assert_eq!((names(&album.artists), album.kind), (vec!["Röyksopp"], AlbumKind::Album));
    }

    #[test]
    fn kinds_of_release_and_names_for_many_are_known_in_many_languages() {
        let album = |tags: Tags| TaggedTrack::read(&tags, "x").album.unwrap();
        for (types, kind) in [
            (&["ep"][..], AlbumKind::Ep),
            (&["single"], AlbumKind::Single),
            (&["album", "compilation"], AlbumKind::Compilation),
            (&["album", "live"], AlbumKind::Album),
            (&[], AlbumKind::Album),
        ] {
            let release_types = types.iter().map(ToString::to_string).collect();
            assert_eq!(album(Tags { release_types, ..tags(&["A"], Some("B")) }).kind, kind, "{types:?}");
        }
        for name in
            ["Various Artists", "various", "VA", "Verschiedene Interpreten", "群星", "AA.VV.", "Разные Исполнители"]
        {
            let found = album(Tags { album_artists: vec![name.to_owned()], ..tags(&["A"], Some("B")) });
            assert_eq!(
                (names(&found.artists), found.kind),
                (vec!["Various Artists"], AlbumKind::Compilation),
                "{name}"
            );
        }
        let by_id = Tags {
            album_artists: vec!["Elenco".to_owned()],
            musicbrainz_album_artist_ids: vec![various::ID.to_owned()],
            ..tags(&["A"], Some("B"))
        };
        assert_eq!(album(by_id).kind, AlbumKind::Compilation);
        let band = Tags { album_artists: vec!["Various Cruelties".to_owned()], ..tags(&["A"], Some("B")) };
        assert_eq!(names(&album(band).artists), ["Various Cruelties"]);
    }

    #[test]
    fn an_artist_that_is_named_alone_is_sorted_as_the_file_says() {
        let sorted = |artists: &[&str]| {
            let tags = Tags { artist_sort: Some("Bowie, David".to_owned()), ..tags(artists, None) };
            TaggedTrack::read(&tags, "x").artists.into_iter().map(|artist| artist.sort_name).collect::<Vec<_>>()
        };
        assert_eq!(sorted(&["David Bowie"]), [Some("Bowie, David".to_owned())]);
        assert_eq!(sorted(&["David Bowie", "Queen"]), [None, None]);
    }

    #[test]
    fn what_makes_no_sense_in_a_tag_is_left_out() {
        let odd = Tags {
            isrc: Some("nonsense".to_owned()),
            released_on: Some("someday".to_owned()),
            track_number: Some(-3),
            disc_number: Some(0),
            ..tags(&["A"], Some("B"))
        };
        let track = TaggedTrack::read(&odd, "x");
        assert_eq!((track.isrc, track.track_number, track.disc_number), (None, None, None));
        assert_eq!(track.album.unwrap().released_on, None);
    }
}
