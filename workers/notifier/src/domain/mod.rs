//! What mails say and to whom. Pure: no database, no network.

pub mod announcement;
pub mod digest;
pub mod letter;
pub mod mail;
pub mod person;
pub mod words;

pub use announcement::Announcement;
pub use digest::Digest;
pub use letter::{Code, Letter, Notice};
pub use mail::Mail;
pub use person::Person;
pub use words::{Completion, Words};
