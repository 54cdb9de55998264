//! Charts: over which time plays count, now and for the rank before.
//!
//! Time is cut into hours or days (UTC). A chart stands at the hour or day that has begun last, and counts it and those
//! before it that its window reaches.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// How long a chart looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChartWindow {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// For ever; the rank before is that of a week ago.
    AllTime,
}

/// How finely plays are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// By hours.
    Hour,
    /// By days.
    Day,
}

/// Which hours or days count; each bound is the beginning of one. An absent bound is the beginning of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    /// Those behind this count now.
    pub current_after: Option<DateTime<Utc>>,
    /// Those behind this counted for the rank before …
    pub previous_after: Option<DateTime<Utc>>,
    /// … up to and with this.
    pub previous_until: DateTime<Utc>,
}

impl Unit {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hour, Self::Day];

    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "HOUR",
            Self::Day => "DAY",
        }
    }

    /// How long it is.
    pub fn length(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The beginning of the hour or day that `at` lies in.
    pub fn begin(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.duration_trunc(self.length()).unwrap_or(at)
    }

    /// How long a track that nobody sees in a chart stands where it is.
    pub fn patience(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(12),
            Self::Day => TimeDelta::days(7),
        }
    }

    /// How long plays are kept apart, behind where a chart stands: as long as it needs them to forget them.
    pub fn kept(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(49),
            Self::Day => TimeDelta::days(61),
        }
    }
}

impl ChartWindow {
    /// Every window.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::AllTime];

    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::AllTime => "ALL_TIME",
        }
    }

    /// How finely its plays are kept apart.
    pub fn unit(self) -> Unit {
        match self {
            Self::Day => Unit::Hour,
            Self::Week | Self::Month | Self::AllTime => Unit::Day,
        }
    }

    /// What counts when the chart stands at this hour or day.
    pub fn spans(self, stands_at: DateTime<Utc>) -> Spans {
        let length = match self {
            Self::Day => TimeDelta::days(1),
            Self::Week | Self::AllTime => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        };
        let since = stands_at - length;
        let bound = |at| (self != Self::AllTime).then_some(at);
        Spans { current_after: bound(since), previous_after: bound(since - length), previous_until: since }
    }
}

impl Spans {
    /// Whether an hour or day counts now.
    pub fn is_current(&self, begin: DateTime<Utc>) -> bool {
        self.current_after.is_none_or(|after| begin > after)
    }

    /// Whether an hour or day counted for the rank before.
    pub fn is_previous(&self, begin: DateTime<Utc>) -> bool {
        self.previous_after.is_none_or(|after| begin > after) && begin <= self.previous_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_the_hour_that_runs_and_the_23_before() {
        let stands_at = Unit::Hour.begin(at("2026-03-02T10:59:59Z"));
        let spans = ChartWindow::Day.spans(stands_at);
        assert!(spans.is_current(at("2026-03-02T10:00:00Z")) && spans.is_current(at("2026-03-01T11:00:00Z")));
        assert!(!spans.is_current(at("2026-03-01T10:00:00Z")) && spans.is_previous(at("2026-03-01T10:00:00Z")));
        assert!(!spans.is_previous(at("2026-02-28T10:00:00Z")));
    }

    #[test]
    fn of_all_time_everything_counts_and_the_rank_before_is_a_week_old() {
        let spans = ChartWindow::AllTime.spans(at("2026-03-08T00:00:00Z"));
        assert!(spans.is_current(at("1999-01-01T00:00:00Z")) && spans.is_previous(at("2026-03-01T00:00:00Z")));
        assert!(!spans.is_previous(at("2026-03-02T00:00:00Z")));
    }

    #[test]
    fn plays_are_kept_until_no_chart_needs_them() {
        for window in ChartWindow::ALL {
            let now = at("2026-03-08T12:34:56Z");
            let stands_at = window.unit().begin(now);
            let oldest = window.spans(stands_at).previous_after.unwrap_or(window.spans(stands_at).previous_until);
            assert!(now - window.unit().kept() < oldest, "{window:?}");
        }
    }
}
