//! The version that an edit is of.

use super::Refusal;

/// The version of a thing that whoever edits it has seen; none when they overwrite whatever it says by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseVersion(pub Option<i64>);

impl BaseVersion {
    /// An edit is refused when somebody else's has come first.
    pub fn check(self, current: i64) -> Result<(), Refusal> {
        match self.0 {
            Some(base) if base != current => Err(Refusal::Stale(current)),
            _ => Ok(()),
        }
    }
}

impl From<Option<i32>> for BaseVersion {
    fn from(version: Option<i32>) -> Self {
        Self(version.map(i64::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_of_another_version_is_told_the_current_one() {
        assert_eq!(BaseVersion(Some(3)).check(3), Ok(()));
        assert_eq!(BaseVersion(None).check(3), Ok(()));
        assert_eq!(BaseVersion(Some(2)).check(3), Err(Refusal::Stale(3)));
    }
}
