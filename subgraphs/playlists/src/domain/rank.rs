//! Positions between positions: an entry moves by getting a new rank, and no other entry changes.
//!
//! A rank is a fraction between 0 and 1, written as its digits in base 62. Invariant: no rank ends in the digit 0, so that
//! there is always another rank between two different ones, and byte order is numeric order.

use serde::{Deserialize, Serialize};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u64 = 62;
/// Ranks at either end of a list are this many digits wide (before zeros at the end go), so that adding there never
/// makes them longer.
const WIDTH: usize = 8;
/// How far apart ranks at either end of a list are: room for many between two before ranks grow.
const STEP: u64 = BASE.pow(3);
/// A rank that would be longer than this calls for dealing out all ranks of the list anew.
pub const MAX_LENGTH: usize = 64;

/// A position in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rank(String);

impl Rank {
    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        let is_rank = text.bytes().all(|byte| DIGITS.contains(&byte)) && !text.is_empty() && !text.ends_with('0');
        is_rank.then(|| Self(text.to_owned()))
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the list's ranks should be dealt out anew before this one is used.
    pub fn is_too_long(&self) -> bool {
        self.0.len() > MAX_LENGTH
    }

    fn digit(&self, place: usize) -> u64 {
        let byte = self.0.as_bytes().get(place).copied().unwrap_or(DIGITS[0]);
        DIGITS.iter().position(|digit| *digit == byte).unwrap_or_default() as u64
    }

    /// The first [`WIDTH`] digits as a number.
    fn head(&self) -> u64 {
        (0..WIDTH).fold(0, |value, place| value * BASE + self.digit(place))
    }

    fn from_digits(digits: &[u64]) -> Self {
        let text: String = digits.iter().map(|digit| char::from(DIGITS[*digit as usize])).collect();
        Self(text.trim_end_matches('0').to_owned())
    }

    fn from_head(mut value: u64) -> Self {
        let mut digits = [0; WIDTH];
        for digit in digits.iter_mut().rev() {
            *digit = value % BASE;
            value /= BASE;
        }
        Self::from_digits(&digits)
    }
}

impl TryFrom<String> for Rank {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a rank")
    }
}

impl From<Rank> for String {
    fn from(rank: Rank) -> Self {
        rank.0
    }
}

/// The gap between two neighbours of a list; an open side is an end of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The neighbour before.
    pub after: Option<Rank>,
    /// The neighbour behind.
    pub before: Option<Rank>,
}

impl Gap {
    /// `count` different ranks in this gap, in order.
    pub fn ranks(&self, count: usize) -> Vec<Rank> {
        self.at_an_end(count).unwrap_or_else(|| self.between(count))
    }

    /// Ranks at an open side, in even steps; none when the gap has no open side or the steps would leave 0 to 1.
    fn at_an_end(&self, count: usize) -> Option<Vec<Rank>> {
        let reach = STEP * count as u64;
        let first = match (&self.after, &self.before) {
            (None, None) => BASE.pow(WIDTH as u32) / 2,
            (Some(after), None) => after.head() + STEP,
            (None, Some(before)) => before.head().checked_sub(reach).filter(|first| *first > 0)?,
            (Some(_), Some(_)) => return None,
        };
        let fits = first + reach < BASE.pow(WIDTH as u32);
        fits.then(|| (0..count as u64).map(|n| Rank::from_head(first + n * STEP)).collect())
    }

    /// Ranks spread evenly over the gap, with as few digits as tell them apart.
    fn between(&self, count: usize) -> Vec<Rank> {
        let parts = count as u64 + 1;
        let digit = |rank: &Option<Rank>, place| rank.as_ref().map_or(0, |rank| rank.digit(place));
        // The width of the gap in units of the last digit looked at; an open end is the fraction 1.
        let mut width = u64::from(self.before.is_none());
        let mut start = Vec::new();
        while width < parts {
            let place = start.len();
            let low = digit(&self.after, place);
            // Neighbours in order never make this negative: `width` is 0 only while their digits are the same.
            width = (width * BASE + digit(&self.before, place)).saturating_sub(low);
            start.push(low);
        }
        (1..parts).map(|n| Rank::from_digits(&plus(&start, width * n / parts))).collect()
    }
}

/// `digits` plus a number in units of the last digit.
fn plus(digits: &[u64], mut carry: u64) -> Vec<u64> {
    let mut sum = digits.to_vec();
    for digit in sum.iter_mut().rev() {
        carry += *digit;
        *digit = carry % BASE;
        carry /= BASE;
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank(text: &str) -> Rank {
        Rank::parse(text).unwrap()
    }

    /// Panics unless the ranks are well-formed, in order and inside the gap.
    fn check(gap: &Gap, ranks: &[Rank]) {
        let all: Vec<_> = gap.after.iter().chain(ranks).chain(&gap.before).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{gap:?} gave {ranks:?}");
        assert!(ranks.iter().all(|rank| Rank::parse(rank.as_str()).is_some()), "{gap:?} gave {ranks:?}");
    }

    #[test]
    fn no_rank_ends_in_zero_or_is_empty() {
        for text in ["", "0", "V0", "V-", "Vö"] {
            assert_eq!(Rank::parse(text), None, "{text}");
        }
    }

    #[test]
    fn thousands_of_entries_added_at_either_end_keep_ranks_short() {
        let mut last = Gap::default().ranks(1).remove(0);
        let mut first = last.clone();
        for _ in 0..20_000 {
            let (end, top) = (Gap { after: Some(last), before: None }, Gap { after: None, before: Some(first) });
            (last, first) = (end.ranks(1).remove(0), top.ranks(1).remove(0));
            check(&end, std::slice::from_ref(&last));
            check(&top, std::slice::from_ref(&first));
            assert!(last.as_str().len() <= WIDTH && first.as_str().len() <= WIDTH);
        }
    }

    #[test]
    fn thousands_of_entries_added_at_one_place_stay_in_order() {
        for side in [0, 1] {
            let mut gap = Gap { after: Some(rank("V")), before: Some(rank("V0001")) };
            for n in 0..3_000 {
                let new = gap.ranks(1);
                check(&gap, &new);
                let new = new.into_iter().next();
                *(if side == 0 { &mut gap.after } else { &mut gap.before }) = new;
                // At least five halvings a digit: a list is dealt out anew after hundreds of additions at one place.
                assert!(n > 280 || gap.ranks(1).iter().all(|rank| !rank.is_too_long()));
            }
        }
    }

    #[test]
    fn the_ends_of_the_scale_have_room_too() {
        for (after, before) in [(None, Some("000001")), (Some("zzzzzzzzz"), None), (Some("V"), Some("V00000000001"))] {
            let gap = Gap { after: after.map(rank), before: before.map(rank) };
            check(&gap, &gap.ranks(500));
        }
    }

    proptest! {
        #[test]
        fn ranks_lie_strictly_in_their_gap(
            a in "[0-9A-Za-z]{0,12}[1-9A-Za-z]", b in "[0-9A-Za-z]{0,12}[1-9A-Za-z]", count in 1_usize..600, open in 0..3,
        ) {
            prop_assume!(a != b);
            let (low, high) = (rank(a.as_str().min(&b)), rank(a.as_str().max(&b)));
            let gap = Gap { after: (open != 1).then_some(low), before: (open != 2).then_some(high) };
            let ranks = gap.ranks(count);
            prop_assert_eq!(ranks.len(), count);
            check(&gap, &ranks);
        }

        #[test]
        fn entries_put_anywhere_keep_the_order_that_was_meant(places in prop::collection::vec(any::<prop::sample::Index>(), 1..400)) {
            let mut list: Vec<Rank> = Vec::new();
            for place in places {
                let at = place.index(list.len() + 1);
                let gap = Gap { after: at.checked_sub(1).map(|n| list[n].clone()), before: list.get(at).cloned() };
                list.insert(at, gap.ranks(1).remove(0));
            }
            prop_assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
