//! A change of one value that may be absent.

/// What happens to a value: kept as it is, or set to something or to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this, or absent.
    To(Option<T>),
}

impl<T> Change<T> {
    /// The value after the change.
    pub fn of(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::To(value) => value,
        }
    }

    /// Checks the new value and writes it as it is kept.
    pub fn check<U, E>(self, check: impl FnOnce(&T) -> Result<Option<U>, E>) -> Result<Change<U>, E> {
        match self {
            Self::Keep => Ok(Change::Keep),
            Self::To(None) => Ok(Change::To(None)),
            Self::To(Some(value)) => check(&value).map(Change::To),
        }
    }

    /// Sets the value when there is one, keeps it when there is none.
    pub fn if_some(value: Option<T>) -> Self {
        value.map_or(Self::Keep, |value| Self::To(Some(value)))
    }
}
