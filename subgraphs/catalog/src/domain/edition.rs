//! What tells editions of an album apart, and what they have in common.

use polyphony_names as names;

/// Words that name an edition rather than the album.
const EDITION_WORDS: [&str; 19] = [
    "anniversary",
    "bonus",
    "collector",
    "collectors",
    "deluxe",
    "edition",
    "expanded",
    "explicit",
    "extended",
    "mono",
    "reissue",
    "reissued",
    "remaster",
    "remastered",
    "remasterizado",
    "special",
    "stereo",
    "super",
    "version",
];

/// What begins the name of a folder that holds one disc of an album.
const DISC_WORDS: [&str; 8] = ["cd", "disc", "disk", "disque", "dvd", "lp", "side", "vinyl"];

/// What editions of one album have in common: its title, folded, without the words that name an edition: those in brackets
/// or behind a dash. `Melody A.M. (Deluxe Edition)` and `Melody A.M. - 2009 Remaster` are editions of `Melody A.M.`.
pub fn edition_key(title: &str) -> String {
    let folded = names::identity(title);
    let mut rest = folded.as_str();
    while let Some(shorter) = without_edition(rest) {
        rest = shorter;
    }
    rest.to_owned()
}

fn without_edition(title: &str) -> Option<&str> {
    let title = title.trim_end();
    let (name, words) = if let Some(inner) = title.strip_suffix([')', ']']) {
        let at = inner.rfind(['(', '['])?;
        (&inner[..at], &inner[at + 1..])
    } else {
        title.rsplit_once(" - ")?
    };
    let name = name.trim_end();
    (!name.is_empty() && names_edition(words)).then_some(name)
}

fn names_edition(words: &str) -> bool {
    names::words(words).iter().any(|word| EDITION_WORDS.contains(&word.as_str()))
}

/// A folder as it is compared: folded, without the folders of single discs at its end, such as `CD2`. Nothing is left of a
/// folder that says nothing. One that is named as the `album` of its file is no disc: "21" of an artist's folder.
pub fn folder_key(folder: &str, album: Option<&str>) -> Option<String> {
    let mut parts: Vec<&str> = folder.split(['/', '\\']).map(str::trim).filter(|part| !part.is_empty()).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| is_disc(part) && !is_named(part, album)) {
        parts.pop();
    }
    let key = names::identity(&parts.join("/"));
    (!key.is_empty()).then_some(key)
}

/// Whether a folder is named as one disc of an album: `CD1`, `Disc 2 - Live`, `Side B`, `2`.
fn is_disc(name: &str) -> bool {
    let words = names::words(name);
    let Some(first) = words.first() else { return false };
    let is_number = |word: &str| !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = |word: &str| {
        is_number(word) || word.len() == 1 || ["ii", "iii", "iv", "one", "two", "three", "four"].contains(&word)
    };
    let rest = DISC_WORDS.iter().find_map(|word| first.strip_prefix(word));
    match (rest, words.get(1)) {
        (Some(""), Some(number)) => is_one(number),
        (Some(number), _) => is_number(number),
        (None, None) => is_number(first),
        (None, Some(_)) => false,
    }
}

/// Whether a folder bears the title of the album, or what its editions have in common.
fn is_named(name: &str, album: Option<&str>) -> bool {
    album.is_some_and(|album| {
        let (words, title) = (names::words(name), names::words(album));
        words == title || words == names::words(&edition_key(album))
    })
}

/// Which disc a file is of whose folder is named as one: 2 for `Box/CD2`. Only numbers tell, and not those that name the `album`.
pub fn disc_of_folder(folder: &str, album: Option<&str>) -> Option<i32> {
    let parts: Vec<&str> = folder.split(['/', '\\']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let name = parts.last().filter(|name| parts.len() > 1 && is_disc(name) && !is_named(name, album))?;
    let words = names::words(name);
    let first = words.first()?;
    let inside = DISC_WORDS.iter().find_map(|word| first.strip_prefix(word)).filter(|rest| !rest.is_empty());
    let number = inside.or_else(|| words.get(1).map(String::as_str)).unwrap_or(first);
    number.parse().ok().filter(|number| *number > 0)
}

/// The year of a date as it is kept.
pub fn year(date: &str) -> Option<i32> {
    date.get(..4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_edition_are_no_part_of_what_editions_have_in_common() {
        for title in [
            "Melody A.M.",
            "MELODY A.M. (Deluxe Edition)",
            "Melody A.M. [Remastered]",
            "Melody A.M. (2009 Remaster) [Bonus Tracks]",
            "Melody A.M. - 20th Anniversary Edition",
        ] {
            assert_eq!(edition_key(title), "melody a.m.", "{title}");
        }
        for title in ["Live (at the BBC)", "Low - Live", "(Deluxe)", "Remastered", "Peter Gabriel (3: Melt)"] {
            assert_eq!(edition_key(title), names::identity(title), "{title}");
        }
    }

    #[test]
    fn the_folders_of_single_discs_are_one_folder() {
        for folder in
            ["Queen/Box", "queen/box/", "Queen/Box/CD1", "Queen/Box/Disc 2 - Live", "Queen\\Box\\Side B", "Queen/Box/2"]
        {
            assert_eq!(folder_key(folder, None).as_deref(), Some("queen/box"), "{folder}");
        }
        for folder in ["Queen/Discovery", "Queen/CDs", "Queen/Sideways", "Queen/2009", "Queen/1 and 2"] {
            assert_eq!(folder_key(folder, None), Some(names::identity(folder)), "{folder}");
        }
        assert_eq!((folder_key(" / ", None), folder_key("CD1", None).as_deref()), (None, Some("cd1")));
    }

    #[test]
    fn the_folder_of_a_disc_tells_which_it_is() {
        for (folder, disc) in [
            ("Queen/Box/CD2", Some(2)),
            ("Queen/Box/Disc 10 - Live", Some(10)),
            ("Queen\\Box\\2", Some(2)),
            ("Queen/Box/Side B", None),
            ("Queen/Box", None),
            ("Queen/2009", None),
            ("CD1", None),
        ] {
            assert_eq!(disc_of_folder(folder, Some("The Box")), disc, "{folder}");
        }
    }

    #[test]
    fn a_folder_that_is_named_as_its_album_is_no_disc() {
        for (folder, album) in
            [("Adele/21", "21"), ("Adele/21", "21 (Deluxe Edition)"), ("38/.45", ".45"), ("LP/LP1", "LP1")]
        {
            assert_eq!(disc_of_folder(folder, Some(album)), None, "{folder}");
            assert_eq!(folder_key(folder, Some(album)), Some(names::identity(folder)), "{folder}");
        }
        assert_eq!(disc_of_folder("Adele/21/CD2", Some("21")), Some(2));
        assert_eq!(folder_key("Adele/21/CD2", Some("21")).as_deref(), Some("adele/21"));
    }

    #[test]
    fn a_date_begins_with_its_year() {
        assert_eq!([year("2009"), year("1987-03-09"), year("x"), year("198")], [Some(2009), Some(1987), None, None]);
    }
}
