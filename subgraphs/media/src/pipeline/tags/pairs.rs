//! Tags as names with values, from whatever lists them so: ffprobe, and the attributes of ASF files.

use std::collections::BTreeMap;

use super::{details::RawDetails, raw::Raw};

/// Names in lower case with their values, in the file's order.
pub(super) type Pairs = BTreeMap<String, Vec<String>>;

/// Reads the names that containers use.
pub(super) fn read(pairs: &Pairs) -> Raw {
    let all = |names: &[&str]| names.iter().find_map(|name| pairs.get(*name).cloned()).unwrap_or_default();
    let first = |names: &[&str]| all(names).into_iter().next();
    Raw {
        title: first(&["title"]),
        artists: all(&["artist", "author"]),
        artist_list: all(&["artists", "wm/artists"]),
        album: first(&["album", "wm/albumtitle"]),
        album_artists: all(&["album_artist", "albumartist", "wm/albumartist"]),
        track: first(&["track", "part_number", "wm/tracknumber"]),
        track_total: first(&["tracktotal", "totaltracks"]),
        disc: first(&["disc", "wm/partofset"]),
        disc_total: first(&["disctotal", "totaldiscs"]),
        date: first(&["date", "year", "date_released", "wm/year"]),
        genres: all(&["genre", "wm/genre"]),
        isrc: first(&["isrc", "tsrc", "wm/isrc"]),
        compilation: first(&["compilation", "itunescompilation", "wm/iscompilation"]),
        explicit: first(&["itunesadvisory", "rating_advisory"]),
        release_types: all(&[
            "releasetype",
            "musicbrainz album type",
            "musicbrainz_albumtype",
            "musicbrainz/album type",
        ]),
        artist_sort: first(&["artistsort", "artist-sort", "sort_artist", "wm/artistsortorder"]),
        album_artist_sort: first(&[
            "albumartistsort",
            "album_artist-sort",
            "sort_album_artist",
            "wm/albumartistsortorder",
        ]),
        timed_lyrics: first(&["syncedlyrics", "lyrics-synced"]),
        lyrics: first(&["lyrics", "unsyncedlyrics", "wm/lyrics"]),
        recording: first(&["musicbrainz_trackid", "musicbrainz track id", "musicbrainz/track id"]),
        release: first(&["musicbrainz_albumid", "musicbrainz album id", "musicbrainz/album id"]),
        release_group: first(&[
            "musicbrainz_releasegroupid",
            "musicbrainz release group id",
            "musicbrainz/release group id",
        ]),
        artist_ids: all(&["musicbrainz_artistid", "musicbrainz artist id", "musicbrainz/artist id"]),
        album_artist_ids: all(&[
            "musicbrainz_albumartistid",
            "musicbrainz album artist id",
            "musicbrainz/album artist id",
        ]),
        details: details(pairs),
    }
}

fn details(pairs: &Pairs) -> RawDetails {
    let all = |names: &[&str]| names.iter().find_map(|name| pairs.get(*name).cloned()).unwrap_or_default();
    let first = |names: &[&str]| all(names).into_iter().next();
    RawDetails {
        original_date: first(&[
            "originaldate",
            "originalyear",
            "original_date",
            "wm/originalreleasetime",
            "wm/originalreleaseyear",
            "tdor",
            "tory",
        ]),
        composers: all(&["composer", "wm/composer"]),
        conductors: all(&["conductor", "wm/conductor"]),
        work: first(&["work", "wm/work"]),
        movement: first(&["movementname", "movement_name", "wm/movementname"]),
        movement_number: first(&["movement", "mvin", "wm/movementnumber"]),
        movement_total: first(&["movementtotal", "wm/movementtotal"]),
        labels: all(&["label", "organization", "publisher", "wm/publisher", "label_code"]),
        catalog_numbers: all(&["catalognumber", "catalog_number", "wm/catalogno"]),
        barcode: first(&["barcode", "wm/barcode"]),
        bpm: first(&["bpm", "tbpm", "tmpo", "wm/beatsperminute"]),
        moods: all(&["mood", "tmoo", "wm/mood"]),
        comment: first(&["comment", "description", "wm/text"]),
        disc_subtitle: first(&["discsubtitle", "setsubtitle", "tsst", "wm/setsubtitle"]),
        replay_gain: [
            "replaygain_track_gain",
            "replaygain_track_peak",
            "replaygain_album_gain",
            "replaygain_album_peak",
        ]
        .map(|name| first(&[name])),
    }
}
