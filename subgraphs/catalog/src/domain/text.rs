//! Text that people give: trimmed, of a sensible length, and without control characters.

/// Text that is not acceptable in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidText {
    /// The field of the input.
    pub field: &'static str,
    /// Why, for a person.
    pub reason: String,
}

/// The longest name or title.
pub const MAX_NAME: usize = 300;
/// The longest biography.
pub const MAX_BIO: usize = 10_000;

/// A name or title: one line of 1 to 300 characters.
pub fn name(field: &'static str, text: &str) -> Result<String, InvalidText> {
    let text = one_line(text);
    match text.chars().count() {
        0 => Err(InvalidText { field, reason: format!("{field} must not be empty") }),
        1..=MAX_NAME => Ok(text),
        _ => Err(InvalidText { field, reason: format!("{field} must have at most {MAX_NAME} characters") }),
    }
}

/// A longer text that may be absent; an empty one counts as absent.
pub fn prose(field: &'static str, text: Option<&str>, max: usize) -> Result<Option<String>, InvalidText> {
    let clean = text.map(|text| text.replace('\0', "").trim().to_owned()).filter(|text| !text.is_empty());
    if clean.as_ref().is_some_and(|text| text.chars().count() > max) {
        return Err(InvalidText { field, reason: format!("{field} must have at most {max} characters") });
    }
    Ok(clean)
}

/// The text on one line: control characters and runs of blanks become one blank, the ends are trimmed.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A date as exact as it is known: `2019`, `2019-05` or `2019-05-31`.
pub fn date(field: &'static str, text: Option<&str>) -> Result<Option<String>, InvalidText> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if is_date(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(InvalidText { field, reason: format!("{field} must be a date: 2019, 2019-05 or 2019-05-31") })
}

fn is_date(text: &str) -> bool {
    let shape = |lengths: &[usize]| {
        let parts: Vec<_> = text.split('-').collect();
        parts.len() == lengths.len()
            && parts.iter().zip(lengths).all(|(part, n)| part.len() == *n && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let full = match text.len() {
        4 if shape(&[4]) => format!("{text}-01-01"),
        7 if shape(&[4, 2]) => format!("{text}-01"),
        10 if shape(&[4, 2, 2]) => text.to_owned(),
        _ => return false,
    };
    full.parse::<chrono::NaiveDate>().is_ok()
}

/// An International Standard Recording Code: 12 characters, written with or without hyphens.
pub fn isrc(field: &'static str, text: Option<&str>) -> Result<Option<String>, InvalidText> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let code: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
    let bytes = code.as_bytes();
    let is_isrc = bytes.len() == 12
        && bytes[..2].iter().all(u8::is_ascii_alphabetic)
        && bytes[2..5].iter().all(u8::is_ascii_alphanumeric)
        && bytes[5..].iter().all(u8::is_ascii_digit);
    if is_isrc {
        return Ok(Some(code));
    }
    Err(InvalidText { field, reason: format!("{field} must be an ISRC such as GBAYE6800011") })
}

/// A MusicBrainz id: a UUID.
pub fn musicbrainz_id(field: &'static str, text: Option<&str>) -> Result<Option<String>, InvalidText> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    match uuid::Uuid::try_parse(text) {
        Ok(id) => Ok(Some(id.hyphenated().to_string())),
        Err(_) => Err(InvalidText { field, reason: format!("{field} must be a UUID") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(name("title", "  Melody\n A.M.\u{0} "), Ok("Melody A.M.".to_owned()));
        assert_eq!(name("title", " \t").unwrap_err().field, "title");
        assert!(name("title", &"x".repeat(301)).is_err());
    }

    #[test]
    fn a_date_may_be_a_year_a_month_or_a_day_and_nothing_else() {
        for good in ["2019", "2019-05", "2020-02-29"] {
            assert_eq!(date("releasedOn", Some(good)), Ok(Some(good.to_owned())));
        }
        for bad in ["19", "2019-13", "2019-02-29", "2019-5-1", "2019-05-31T00:00:00Z", "next year"] {
            assert!(date("releasedOn", Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(date("releasedOn", Some(" ")), Ok(None));
    }

    #[test]
    fn an_isrc_is_written_one_way() {
        assert_eq!(isrc("isrc", Some("gb-aye-68-00011")), Ok(Some("GBAYE6800011".to_owned())));
        assert!(isrc("isrc", Some("GBAYE68")).is_err());
    }
}
