//! Numbers of tracks and discs as people write them.

const MAX_NUMBER: u32 = 9_999;

/// What a tag says of a place: a number, how many there are, and of which disc.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbered {
    /// The number, from 0.
    pub(super) number: Option<u32>,
    /// How many there are.
    pub(super) total: Option<u32>,
    /// The disc that the number itself names: `1-06` is the sixth track of the first disc.
    pub(super) disc: Option<u32>,
    /// The side of a record that the number names, counted from 1: `B2` is the second track of the second side.
    pub(super) side: Option<u32>,
}

/// Reads `3`, `03/12`, `4 of 10`, `#3`, `2.`, `1-06`, `1.06`, `A1` and `B`.
pub(super) fn numbered(text: &str) -> Numbered {
    let text = text.trim().trim_start_matches('#').trim_end_matches('.').trim();
    let lower = text.to_lowercase();
    let (number, total) = lower.split_once('/').or_else(|| lower.split_once(" of ")).unwrap_or((&lower, ""));
    let total = total_of(total);
    let number = number.trim();
    if let Some(plain) = parse(number) {
        return Numbered { number: Some(plain), total, ..Numbered::default() };
    }
    if let Some((disc, track)) = number.split_once(['-', '.'])
        && track.len() >= 2
        && let (Some(disc), Some(track)) = (parse(disc).filter(|disc| (1..=99).contains(disc)), parse(track))
    {
        return Numbered { number: Some(track), total, disc: Some(disc), side: None };
    }
    let mut chars = number.chars();
    let side = chars.next().filter(char::is_ascii_lowercase).map(|c| u32::from(c) - u32::from('a') + 1);
    let rest = chars.as_str();
    match (side, if rest.is_empty() { Some(1) } else { parse(rest).filter(|_| rest.len() <= 2) }) {
        (Some(side), Some(track)) => Numbered { number: Some(track), total, disc: None, side: Some(side) },
        _ => Numbered { total, ..Numbered::default() },
    }
}

/// Reads how many there are.
pub(super) fn total_of(text: &str) -> Option<u32> {
    parse(text).filter(|total| *total > 0)
}

fn parse(text: &str) -> Option<u32> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number <= MAX_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let is = |number, total, disc, side| Numbered { number, total, disc, side };
        for (text, expected) in [
            ("3", is(Some(3), None, None, None)),
            ("03/12", is(Some(3), Some(12), None, None)),
            (" 3 / 12 ", is(Some(3), Some(12), None, None)),
            ("04 of 10", is(Some(4), Some(10), None, None)),
            ("0", is(Some(0), None, None, None)),
            ("#3", is(Some(3), None, None, None)),
            ("2.", is(Some(2), None, None, None)),
            ("201", is(Some(201), None, None, None)),
            ("1-06", is(Some(6), None, Some(1), None)),
            ("1.06", is(Some(6), None, Some(1), None)),
            ("5-10", is(Some(10), None, Some(5), None)),
            ("A1", is(Some(1), None, None, Some(1))),
            ("b12", is(Some(12), None, None, Some(2))),
            ("C", is(Some(1), None, None, Some(3))),
            ("99999999999", is(None, None, None, None)),
            ("AB1", is(None, None, None, None)),
            ("", is(None, None, None, None)),
            ("-3", is(None, None, None, None)),
        ] {
            assert_eq!(numbered(text), expected, "{text}");
        }
    }
}
