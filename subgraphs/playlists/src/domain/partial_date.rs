//! Dates of which only the year or the month may be known, as releases have them.

use chrono::{Datelike, Months, NaiveDate};

/// The days that a partial date may mean: from the first to before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first day.
    pub first: NaiveDate,
    /// The day behind the last.
    pub end: NaiveDate,
}

impl Span {
    /// Reads `2019`, `2019-05` or `2019-05-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split('-').collect();
        let widths: Vec<_> = parts.iter().map(|part| part.len()).collect();
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !parts.iter().all(is_number) || ![&[4][..], &[4, 2], &[4, 2, 2]].contains(&&widths[..]) {
            return None;
        }
        let part = |place: usize| parts.get(place).map_or(Some(1), |part| part.parse().ok());
        let year: i32 = parts[0].parse().ok()?;
        let first = NaiveDate::from_ymd_opt(year, part(1)?, part(2)?).filter(|first| first.year() > 0)?;
        let end = match parts.len() {
            1 => first.checked_add_months(Months::new(12)),
            2 => first.checked_add_months(Months::new(1)),
            _ => first.succ_opt(),
        };
        Some(Self { first, end: end? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_date_is_all_days_that_it_may_mean() {
        let span = |text| Span::parse(text).map(|span| (span.first.to_string(), span.end.to_string()));
        let days = |first: &str, end: &str| Some((first.to_owned(), end.to_owned()));
        assert_eq!(span("2019"), days("2019-01-01", "2020-01-01"));
        assert_eq!(span("2019-12"), days("2019-12-01", "2020-01-01"));
        assert_eq!(span("2020-02-29"), days("2020-02-29", "2020-03-01"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "19", "2019-13", "2019-02-30", "2019-1-1", "+2019", "2019-05-31T00", "0000", "20١9"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
