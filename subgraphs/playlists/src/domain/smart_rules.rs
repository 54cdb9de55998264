//! The rules of a smart playlist: each is a field, how it is tested, and with what. A rule that was read makes sense: the
//! test fits the field and the value fits both.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Refusal,
    condition::{self, Condition},
};

/// The most rules of a playlist.
pub const MAX_RULES: usize = 50;
/// The most entries that rules may choose.
pub const MAX_CHOSEN: i32 = 1000;
/// Whether a track must pass all rules or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleMatch {
    /// All of them.
    All,
    /// One of them or more.
    Any,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SmartField {
    /// The track's genres.
    Genre,
    /// Who made it.
    Artist,
    /// Its title.
    Title,
    /// When it was released.
    ReleasedOn,
    /// When it came into the catalog.
    AddedOn,
    /// How often the owner of the playlist played it.
    PlayCount,
    /// When the owner played it last.
    LastPlayed,
    /// Whether the owner likes it.
    Liked,
    /// How long it plays.
    DurationMs,
}

/// How a rule tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SmartOp {
    /// The same.
    Is,
    /// Not the same.
    IsNot,
    /// The text is part of it.
    Contains,
    /// More, or later.
    GreaterThan,
    /// Less, or earlier.
    LessThan,
    /// Not longer ago than this many days.
    InLastDays,
}

/// In which order tracks come, and so which ones when there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SmartSort {
    /// The newest in the catalog first.
    RecentlyAdded,
    /// What the owner played most first.
    MostPlayed,
    /// What the owner played last first.
    RecentlyPlayed,
    /// By title.
    Title,
    /// Another order each day (UTC).
    RandomDaily,
}

/// One rule as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SmartRule {
    /// What it looks at.
    pub field: SmartField,
    /// How it tests.
    pub op: SmartOp,
    /// With what.
    pub value: String,
}

/// How the entries of a smart playlist are chosen, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Written {
    /// All or any.
    #[serde(rename = "match")]
    pub matching: RuleMatch,
    /// The rules.
    pub rules: Vec<SmartRule>,
    /// The order.
    pub sort: SmartSort,
    /// The most entries.
    pub limit: i32,
}

/// Rules that make sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SmartRules {
    written: Written,
    conditions: Vec<Condition>,
}

impl SmartRules {
    /// Reads rules as somebody wrote them.
    pub fn parse(written: Written) -> Result<Self, Refusal> {
        if !(1..=MAX_RULES).contains(&written.rules.len()) {
            return Err(Refusal::RuleCount);
        }
        if !(1..=MAX_CHOSEN).contains(&written.limit) {
            return Err(Refusal::RuleLimit);
        }
        let read = |(place, rule)| condition::read(rule).map_err(|fault| Refusal::Rule(place, fault));
        let conditions = written.rules.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { written, conditions })
    }

    /// The rules as they were written.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// What is asked of a track.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

impl TryFrom<Written> for SmartRules {
    type Error = Refusal;

    fn try_from(written: Written) -> Result<Self, Refusal> {
        Self::parse(written)
    }
}

impl From<SmartRules> for Written {
    fn from(rules: SmartRules) -> Self {
        rules.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::RuleFault;

    fn written(rules: usize, limit: i32) -> Written {
        let rule = SmartRule { field: SmartField::Liked, op: SmartOp::Is, value: "true".to_owned() };
        Written { matching: RuleMatch::All, rules: vec![rule; rules], sort: SmartSort::Title, limit }
    }

    #[test]
    fn there_are_1_to_50_rules_and_they_choose_1_to_1000() {
        assert_eq!(SmartRules::parse(written(0, 1)).unwrap_err(), Refusal::RuleCount);
        assert_eq!(SmartRules::parse(written(51, 1)).unwrap_err(), Refusal::RuleCount);
        for limit in [0, -1, 1001] {
            assert_eq!(SmartRules::parse(written(1, limit)).unwrap_err(), Refusal::RuleLimit);
        }
        assert_eq!(SmartRules::parse(written(50, 1000)).unwrap().conditions().len(), 50);
    }

    #[test]
    fn the_place_of_the_rule_that_makes_no_sense_is_told() {
        let mut rules = written(3, 10);
        rules.rules[1].op = SmartOp::Contains;
        assert_eq!(SmartRules::parse(rules).unwrap_err(), Refusal::Rule(1, RuleFault::Op { takes: "IS and IS_NOT" }));
    }
}
