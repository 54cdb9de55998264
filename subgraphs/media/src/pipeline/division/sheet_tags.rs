//! What a sheet says, as tags.

use polyphony_formats::cue::{Sheet, SheetTrack};

use super::super::{
    Details, MusicBrainz, Tags,
    tags::{Raw, RawDetails},
};

/// What a sheet says of one of its tracks.
pub(super) fn of_track(sheet: &Sheet, track: &SheetTrack) -> Tags {
    let (album, said) = (&sheet.said, &track.said);
    let list =
        |one: &Option<String>, other: &Option<String>| one.clone().or_else(|| other.clone()).into_iter().collect();
    let count = sheet.track_count();
    Raw {
        title: Some(said.title.clone().unwrap_or_else(|| format!("Track {}", track.number))),
        artists: list(&said.performer, &album.performer),
        album: album.title.clone(),
        album_artists: list(&album.performer, &None),
        track: Some(track.number.to_string()),
        track_total: (count > 0).then(|| count.to_string()),
        disc: sheet.disc_number.clone(),
        disc_total: sheet.disc_total.clone(),
        date: sheet.date.clone(),
        genres: list(&said.genre, &album.genre),
        isrc: said.isrc.clone(),
        details: RawDetails {
            composers: list(&said.composer, &album.composer),
            barcode: sheet.barcode.clone(),
            comment: said.comment.clone(),
            ..RawDetails::default()
        },
        ..Raw::default()
    }
    .clean(None)
}

/// What the tags of a whole file say of the album that it holds.
pub(super) fn of_album(file: &Tags) -> Tags {
    let own = file.clone();
    let artists = if own.album_artists.is_empty() { own.artists.clone() } else { own.album_artists.clone() };
    Tags {
        album: own.album.or(own.title),
        artists: artists.clone(),
        album_artists: artists,
        disc_number: own.disc_number,
        disc_total: own.disc_total,
        date: own.date,
        genres: own.genres,
        musicbrainz: MusicBrainz {
            release: own.musicbrainz.release,
            release_group: own.musicbrainz.release_group,
            album_artists: own.musicbrainz.album_artists,
            ..MusicBrainz::default()
        },
        compilation: own.compilation,
        release_types: own.release_types,
        album_artist_sort: own.album_artist_sort,
        details: Details {
            original_date: own.details.original_date,
            conductors: own.details.conductors,
            composers: own.details.composers,
            labels: own.details.labels,
            catalog_numbers: own.details.catalog_numbers,
            barcode: own.details.barcode,
            disc_subtitle: own.details.disc_subtitle,
            ..Details::default()
        },
        ..Tags::default()
    }
}
