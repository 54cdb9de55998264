//! What a rule asks of a track, read from how it was written.

use polyphony_events::ArtistId;
use polyphony_names as names;

use crate::domain::{
    partial_date::Span,
    smart_rules::{SmartField, SmartOp, SmartRule},
};

/// The longest text to test with, in characters.
const MAX_VALUE: usize = 200;
/// The most days that "in the last days" may go back: a century.
const MAX_DAYS: i64 = 36_525;

/// What a rule asks of a track. Texts are folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Of its genres.
    Genre(TextTest),
    /// Of the names of its artists.
    Artist(TextTest),
    /// Whether this artist is among its artists, or is not.
    ArtistId(ArtistId, Wanted),
    /// Of its title.
    Title(TextTest),
    /// Of its release.
    Released(DateTest),
    /// Of its coming into the catalog.
    Added(DateTest),
    /// Of the owner's last play.
    LastPlayed(DateTest),
    /// Of the number of the owner's plays.
    Plays(NumberTest),
    /// Of its length.
    Duration(NumberTest),
    /// Of the owner's liking.
    Liked(Wanted),
}

impl Condition {
    /// Whether it asks about the last days, counted from now.
    pub fn changes_with_time(&self) -> bool {
        matches!(
            self,
            Self::Released(DateTest::LastDays(_))
                | Self::Added(DateTest::LastDays(_))
                | Self::LastPlayed(DateTest::LastDays(_))
        )
    }
}

/// Whether something is to be or not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// It is to be.
    Yes,
    /// It is not to be.
    No,
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// The same text.
    Is(String),
    /// Another text.
    IsNot(String),
    /// The text is part of it.
    Contains(String),
}

/// A test of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateTest {
    /// In these days.
    In(Span),
    /// Not in these days, or not known.
    NotIn(Span),
    /// Behind these days.
    After(Span),
    /// Before these days.
    Before(Span),
    /// In the last days.
    LastDays(i32),
}

/// A test of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberTest {
    /// This number.
    Is(i64),
    /// Another number.
    IsNot(i64),
    /// A greater number.
    Over(i64),
    /// A smaller number.
    Under(i64),
}

/// Why a rule makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFault {
    /// The field cannot be tested like this.
    Op {
        /// The tests that it takes.
        takes: &'static str,
    },
    /// The value does not fit.
    Value {
        /// What would fit.
        needed: &'static str,
    },
}

const A_TEXT: RuleFault = RuleFault::Value { needed: "a text of 1 to 200 characters" };
const A_DATE: RuleFault = RuleFault::Value { needed: "a year, month or day such as 2019, 2019-05 or 2019-05-31" };
const DAYS: RuleFault = RuleFault::Value { needed: "a number of days from 1 to 36525" };
const A_NUMBER: RuleFault = RuleFault::Value { needed: "a whole number that is not negative" };
const A_TRUTH: RuleFault = RuleFault::Value { needed: "true or false" };

/// Reads what a rule asks; it must make sense.
pub fn read(rule: &SmartRule) -> Result<Condition, RuleFault> {
    let (op, value) = (rule.op, rule.value.trim());
    match rule.field {
        SmartField::Genre => text(op, value, names::slug).map(Condition::Genre),
        SmartField::Artist => artist(op, value),
        SmartField::Title => text(op, value, names::identity).map(Condition::Title),
        SmartField::ReleasedOn => date(op, value).map(Condition::Released),
        SmartField::AddedOn => date(op, value).map(Condition::Added),
        SmartField::LastPlayed => date(op, value).map(Condition::LastPlayed),
        SmartField::PlayCount => number(op, value).map(Condition::Plays),
        SmartField::DurationMs => number(op, value).map(Condition::Duration),
        SmartField::Liked => truth(op, value).map(Condition::Liked),
    }
}

/// An artist is named by id or by name.
fn artist(op: SmartOp, value: &str) -> Result<Condition, RuleFault> {
    match (ArtistId::parse(value), op) {
        (Some(id), SmartOp::Is) => Ok(Condition::ArtistId(id, Wanted::Yes)),
        (Some(id), SmartOp::IsNot) => Ok(Condition::ArtistId(id, Wanted::No)),
        _ => text(op, value, names::identity).map(Condition::Artist),
    }
}

fn text(op: SmartOp, value: &str, folded: impl Fn(&str) -> String) -> Result<TextTest, RuleFault> {
    let test = match op {
        SmartOp::Is => TextTest::Is,
        SmartOp::IsNot => TextTest::IsNot,
        SmartOp::Contains => TextTest::Contains,
        _ => return Err(RuleFault::Op { takes: "IS, IS_NOT and CONTAINS" }),
    };
    let is_fit = value.chars().count() <= MAX_VALUE && !value.contains('\0');
    let value = folded(value);
    if is_fit && !value.is_empty() { Ok(test(value)) } else { Err(A_TEXT) }
}

fn date(op: SmartOp, value: &str) -> Result<DateTest, RuleFault> {
    let test = match op {
        SmartOp::Is => DateTest::In,
        SmartOp::IsNot => DateTest::NotIn,
        SmartOp::GreaterThan => DateTest::After,
        SmartOp::LessThan => DateTest::Before,
        SmartOp::InLastDays => {
            let days = whole(value).filter(|days| (1..=MAX_DAYS).contains(days)).ok_or(DAYS)?;
            return Ok(DateTest::LastDays(days as i32));
        }
        SmartOp::Contains => {
            return Err(RuleFault::Op { takes: "IS, IS_NOT, GREATER_THAN, LESS_THAN and IN_LAST_DAYS" });
        }
    };
    Span::parse(value).map(test).ok_or(A_DATE)
}

fn number(op: SmartOp, value: &str) -> Result<NumberTest, RuleFault> {
    let test = match op {
        SmartOp::Is => NumberTest::Is,
        SmartOp::IsNot => NumberTest::IsNot,
        SmartOp::GreaterThan => NumberTest::Over,
        SmartOp::LessThan => NumberTest::Under,
        _ => return Err(RuleFault::Op { takes: "IS, IS_NOT, GREATER_THAN and LESS_THAN" }),
    };
    whole(value).map(test).ok_or(A_NUMBER)
}

fn truth(op: SmartOp, value: &str) -> Result<Wanted, RuleFault> {
    let is_asked = match op {
        SmartOp::Is => true,
        SmartOp::IsNot => false,
        _ => return Err(RuleFault::Op { takes: "IS and IS_NOT" }),
    };
    let value: bool = value.to_ascii_lowercase().parse().map_err(|_| A_TRUTH)?;
    Ok(if value == is_asked { Wanted::Yes } else { Wanted::No })
}

fn whole(value: &str) -> Option<i64> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use SmartField::{AddedOn, Artist, DurationMs, Genre, LastPlayed, Liked, PlayCount, ReleasedOn, Title};
    use SmartOp::{Contains, GreaterThan, InLastDays, Is, IsNot, LessThan};

    use super::*;

    fn read(field: SmartField, op: SmartOp, value: &str) -> Result<Condition, RuleFault> {
        super::read(&SmartRule { field, op, value: value.to_owned() })
    }

    #[test]
    fn every_field_takes_the_tests_that_fit_it_and_no_other() {
        let text = [Is, IsNot, Contains].as_slice();
        let date = [Is, IsNot, GreaterThan, LessThan, InLastDays].as_slice();
        let number = [Is, IsNot, GreaterThan, LessThan].as_slice();
        for (field, value, takes) in [
            (Genre, "rock", text),
            (Artist, "Beirut", text),
            (Title, "Rain", text),
            (ReleasedOn, "2019", date),
            (AddedOn, "2019", date),
            (LastPlayed, "2019", date),
            (PlayCount, "3", number),
            (DurationMs, "3", number),
            (Liked, "true", &[Is, IsNot]),
        ] {
            for op in [Is, IsNot, Contains, GreaterThan, LessThan, InLastDays] {
                let read = read(field, op, if op == InLastDays { "7" } else { value });
                assert_eq!(read.is_ok(), takes.contains(&op), "{field:?} {op:?}: {read:?}");
                assert!(read.is_ok() || matches!(read, Err(RuleFault::Op { .. })), "{field:?} {op:?}: {read:?}");
            }
        }
    }

    #[test]
    fn values_that_do_not_fit_are_told_apart_from_tests_that_do_not() {
        for (field, op, values) in [
            (Title, Is, &["", "  ", "a\0b"][..]),
            (ReleasedOn, Is, &["", "soon", "2019-13"]),
            (AddedOn, InLastDays, &["0", "-1", "1.5", "36526", "2019-05"]),
            (PlayCount, GreaterThan, &["", "-1", "many", "99999999999999999999"]),
            (Liked, Is, &["", "yes"]),
        ] {
            for value in values {
                let read = read(field, op, value);
                assert!(matches!(read, Err(RuleFault::Value { .. })), "{field:?} {value:?}: {read:?}");
            }
        }
        assert_eq!(read(Title, Is, &"x".repeat(201)), Err(A_TEXT));
    }

    #[test]
    fn an_artist_is_named_by_id_or_by_name() {
        let id = ArtistId::new();
        assert_eq!(read(Artist, IsNot, &id.to_string()), Ok(Condition::ArtistId(id, Wanted::No)));
        assert_eq!(read(Artist, Is, " Björk "), Ok(Condition::Artist(TextTest::Is("bjork".to_owned()))));
        assert_eq!(read(Liked, IsNot, "TRUE"), Ok(Condition::Liked(Wanted::No)));
    }
}
