//! The rules of a smart playlist: each is a field, how it is tested, and with what. A rule that was read makes sense: the
//! test fits the field and the value fits both. Rules stand in groups, which pass all or any of what is in them.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Refusal,
    condition::{self, Condition},
};

/// The most rules of a playlist, those in its groups included.
pub const MAX_RULES: usize = 50;
/// How deep groups may stand in each other; those beside the rules are the first.
pub const MAX_DEPTH: usize = 3;
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

/// Rules that stand together, as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WrittenGroup {
    /// All or any.
    #[serde(rename = "match")]
    pub matching: RuleMatch,
    /// The rules.
    pub rules: Vec<SmartRule>,
    /// Groups in the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Self>,
}

/// How the entries of a smart playlist are chosen, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Written {
    /// What a track must pass.
    #[serde(flatten)]
    pub group: WrittenGroup,
    /// The order.
    pub sort: SmartSort,
    /// The most entries.
    pub limit: i32,
}

/// What is asked of a track: all or any of the conditions and of the groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// All or any.
    pub matching: RuleMatch,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The groups in it.
    pub groups: Vec<Self>,
}

/// Rules that make sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SmartRules {
    written: Written,
    group: Group,
}

impl Group {
    /// Whether it asks about the last days, counted from now.
    fn changes_with_time(&self) -> bool {
        self.conditions.iter().any(Condition::changes_with_time) || self.groups.iter().any(Self::changes_with_time)
    }
}

impl SmartRules {
    /// Whether they choose otherwise as time passes, without anything else that changes.
    pub fn changes_with_time(&self) -> bool {
        self.group.changes_with_time()
    }

    /// Reads rules as somebody wrote them.
    pub fn parse(written: Written) -> Result<Self, Refusal> {
        let mut reading = Reading::default();
        let group = reading.group(&written.group)?;
        if !(1..=MAX_RULES).contains(&reading.rules) {
            return Err(Refusal::RuleCount);
        }
        if !(1..=MAX_CHOSEN).contains(&written.limit) {
            return Err(Refusal::RuleLimit);
        }
        Ok(Self { written, group })
    }

    /// The rules as they were written.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// What is asked of a track.
    pub fn group(&self) -> &Group {
        &self.group
    }
}

/// Groups while they are read: in which one we are, and how many rules were seen.
#[derive(Default)]
struct Reading {
    place: Vec<usize>,
    rules: usize,
}

impl Reading {
    fn group(&mut self, written: &WrittenGroup) -> Result<Group, Refusal> {
        if self.place.len() > MAX_DEPTH {
            return Err(Refusal::GroupDepth(self.place.clone()));
        }
        // An empty one would choose everything or nothing; that the whole is empty is said in other words.
        if !self.place.is_empty() && written.rules.is_empty() && written.groups.is_empty() {
            return Err(Refusal::GroupEmpty(self.place.clone()));
        }
        self.rules += written.rules.len();
        if self.rules > MAX_RULES {
            return Err(Refusal::RuleCount);
        }
        let fault = |rule, fault| Refusal::Rule(RulePlace { groups: self.place.clone(), rule }, fault);
        let read = |(n, rule)| condition::read(rule).map_err(|why| fault(n, why));
        let conditions = written.rules.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let mut groups = Vec::new();
        for (n, group) in written.groups.iter().enumerate() {
            self.place.push(n);
            groups.push(self.group(group)?);
            self.place.pop();
        }
        Ok(Group { matching: written.matching, conditions, groups })
    }
}

/// Where a rule was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// The groups that it stands in, by their numbers, the outermost first.
    pub groups: Vec<usize>,
    /// Its number in the last of them.
    pub rule: usize,
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

    fn group(rules: usize, groups: Vec<WrittenGroup>) -> WrittenGroup {
        let rule = SmartRule { field: SmartField::Liked, op: SmartOp::Is, value: "true".to_owned() };
        WrittenGroup { matching: RuleMatch::All, rules: vec![rule; rules], groups }
    }

    fn written(group: WrittenGroup, limit: i32) -> Written {
        Written { group, sort: SmartSort::Title, limit }
    }

    fn read(group: WrittenGroup) -> Result<Group, Refusal> {
        SmartRules::parse(written(group, 10)).map(|rules| rules.group)
    }

    #[test]
    fn there_are_1_to_50_rules_and_they_choose_1_to_1000() {
        assert_eq!(read(group(0, Vec::new())), Err(Refusal::RuleCount));
        assert_eq!(read(group(51, Vec::new())), Err(Refusal::RuleCount));
        assert_eq!(read(group(25, vec![group(26, Vec::new())])), Err(Refusal::RuleCount), "those in groups count");
        for limit in [0, -1, 1001] {
            let rules = written(group(1, Vec::new()), limit);
            assert_eq!(SmartRules::parse(rules).unwrap_err(), Refusal::RuleLimit);
        }
        assert_eq!(read(group(50, Vec::new())).unwrap().conditions.len(), 50);
        assert!(read(group(0, vec![group(50, Vec::new())])).is_ok());
    }

    #[test]
    fn groups_stand_three_deep_and_none_is_empty() {
        let deep = |depth: usize| (0..depth).fold(group(1, Vec::new()), |inner, _| group(1, vec![inner]));
        assert!(read(deep(3)).is_ok());
        assert_eq!(read(deep(4)), Err(Refusal::GroupDepth(vec![0, 0, 0, 0])));
        let empty = group(1, vec![group(1, Vec::new()), group(0, Vec::new())]);
        assert_eq!(read(empty), Err(Refusal::GroupEmpty(vec![1])));
    }

    #[test]
    fn the_place_of_the_rule_that_makes_no_sense_is_told() {
        let mut inner = group(3, Vec::new());
        inner.rules[1].op = SmartOp::Contains;
        let fault = RuleFault::Op { takes: "IS and IS_NOT" };
        let place = |groups, rule| RulePlace { groups, rule };
        assert_eq!(read(inner.clone()), Err(Refusal::Rule(place(vec![], 1), fault)));
        let outer = group(1, vec![group(1, Vec::new()), group(0, vec![inner])]);
        assert_eq!(read(outer), Err(Refusal::Rule(place(vec![1, 0], 1), fault)));
    }

    #[test]
    fn rules_that_were_kept_before_there_were_groups_are_read_and_written_as_they_were() {
        let kept = r#"{"match":"ANY","rules":[{"field":"LIKED","op":"IS","value":"true"}],"sort":"TITLE","limit":5}"#;
        let rules: SmartRules = serde_json::from_str(kept).unwrap();
        assert_eq!(rules.group().matching, RuleMatch::Any);
        assert_eq!(serde_json::to_string(&rules).unwrap(), kept);
    }
}
