//! What mails say and to whom. Pure: no database, no network.

pub mod mail;
pub mod person;

pub use mail::{Letter, Mail, Words};
pub use person::Person;
