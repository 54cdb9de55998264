//! What mails say and to whom. Pure: no database, no network.

pub mod announcement;
pub mod mail;
pub mod person;

pub use announcement::Announcement;
pub use mail::{Letter, Mail, Words};
pub use person::Person;
