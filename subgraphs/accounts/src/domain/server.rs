//! What the operator says of the server as a whole.

/// What clients are told of the server before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What the operator calls it.
    pub name: String,
    /// Whether nothing is readable without signing in. The router sees to it.
    pub is_private: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self { name: "Polyphony".to_owned(), is_private: false }
    }
}
