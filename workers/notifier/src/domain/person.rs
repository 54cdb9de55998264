//! Somebody whom mail can be written to.

/// A person, as accounts last told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Where mail for them goes.
    pub email: String,
    /// The name they want to be called.
    pub display_name: String,
}
