//! Whose album a file is of that names no album artist: what its artist, and those of the others beside it, tell.
//!
//! A text such as "Jay x Lee" is never cut by itself: "Jay" leads it only where another file of the album names Jay alone. So a
//! band whose name looks like two stays whole.

use polyphony_names as names;

use super::artist::UNKNOWN;

/// What stands between the artist who leads and others, in one text.
const JOINTS: [&str; 14] = [
    " x ", " × ", " vs. ", " vs ", " versus ", " with ", " (with ", " [with ", " & ", " + ", " and ", ", ", "、", "，",
];

/// An artist as a file names it, and behind it each beginning of it that may be the artist who leads it, down to the shortest.
/// Nothing for an artist who is not known. A name that has an id in MusicBrainz is whole.
pub fn readings(name: &str, has_id: bool) -> Vec<String> {
    let key = names::identity(name);
    if key.is_empty() || key == names::identity(UNKNOWN) {
        return Vec::new();
    }
    let mut readings = vec![name.to_owned()];
    if has_id {
        return readings;
    }
    let lower = name.to_ascii_lowercase();
    let mut cuts: Vec<usize> =
        JOINTS.iter().flat_map(|joint| lower.match_indices(joint).map(|(at, _)| at)).filter(|at| *at > 0).collect();
    cuts.sort_unstable_by(|one, other| other.cmp(one));
    cuts.dedup();
    readings.extend(cuts.iter().map(|at| name[..*at].trim_end_matches([',', ' ']).to_owned()));
    readings.retain(|reading| !names::identity(reading).is_empty());
    readings
}

/// What files of one artist have in common, whoever joins them: the shortest reading, folded. Nothing for one who is not known.
pub fn key(readings: &[String]) -> Option<String> {
    readings.last().map(|shortest| names::identity(shortest))
}

/// Whose album it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlbumLead {
    /// That of the artist of this name.
    Artist(String),
    /// Of artists who have nobody in common.
    Various,
    /// Nobody knows.
    Unknown,
}

/// Whose album it is whose files are read so: that of the artist who leads all of them, and is named alone by one of them.
pub fn of_album(files: &[Vec<String>]) -> AlbumLead {
    let known: Vec<&Vec<String>> = files.iter().filter(|readings| !readings.is_empty()).collect();
    let Some(first) = known.first() else { return AlbumLead::Unknown };
    let leads = |key: &str| known.iter().all(|readings| readings.iter().any(|name| names::identity(name) == key));
    let common = first.iter().map(|name| names::identity(name)).find_map(|key| {
        let alone = known.iter().map(|readings| &readings[0]).filter(|name| names::identity(name) == key);
        // Of several spellings one and the same, whichever file came first.
        alone.min().filter(|_| leads(&key))
    });
    common.map_or(AlbumLead::Various, |name| AlbumLead::Artist(name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn album(names: &[&str]) -> AlbumLead {
        of_album(&names.iter().map(|name| readings(name, false)).collect::<Vec<_>>())
    }

    #[test]
    fn an_album_is_of_the_artist_who_leads_all_of_its_files_else_of_various() {
        let jay = ["Jay", "Jay & Kay", "Jay x Lee", "Jay vs. Moe", "Jay (with Bob)", "Jay, Don", "JAY × Kay"];
        for (names, of) in [
            (&jay[..], Some("Jay")),
            (&["Jay & Kay", "Jay, Don & Moe", "Jay"], Some("Jay")),
            (&["Earth, Wind & Fire", "Earth, Wind & Fire"], Some("Earth, Wind & Fire")),
            (&["Earth, Wind & Fire", "Earth, Wind & Fire with The Emotions"], Some("Earth, Wind & Fire")),
            (&["Simon & Garfunkel", "Unknown Artist"], Some("Simon & Garfunkel")),
            (&["Hall and Oates", "Hall"], Some("Hall")),
            (&["Bob & Earl", "Bob & Marcia"], None),
            (&["A", "B", "C", "D"], None),
            (&["Jay", "Jayne"], None),
        ] {
            let expected = of.map_or(AlbumLead::Various, |name| AlbumLead::Artist(name.to_owned()));
            assert_eq!(album(names), expected, "{names:?}");
            let mut backwards = names.to_vec();
            backwards.reverse();
            assert_eq!(album(&backwards), expected, "{names:?} backwards");
        }
        assert_eq!(album(&["Unknown Artist"]), AlbumLead::Unknown);
        assert_eq!(album(&[]), AlbumLead::Unknown);
    }

    #[test]
    fn a_name_that_is_known_by_its_id_is_whole() {
        assert_eq!(readings("Simon & Garfunkel", true), ["Simon & Garfunkel"]);
        assert_eq!(readings("Jay, Don & Moe", false), ["Jay, Don & Moe", "Jay, Don", "Jay"].map(str::to_owned));
        assert_eq!(readings(" & Sons", false), [" & Sons"], "nobody leads it");
        assert_eq!(key(&readings("Jay x Lee", false)), key(&readings("JAY", false)));
        assert_eq!(key(&readings("Unknown Artist", false)), None);
    }
}
