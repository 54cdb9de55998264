//! The rules of accounts: what an address, a handle, a password and a session are. Pure: no I/O, no SQL, no GraphQL.

mod account;
mod email;
mod mail_token;
mod password;
mod preferences;
mod profile;
mod refresh_token;
mod refusal;
mod registration;
mod secret;
mod session;

pub use account::{Account, User};
pub use email::Email;
pub use mail_token::{MAIL_PAUSE, MailToken, Purpose, SentToken};
pub use password::{Password, Weakness, normalize as normalize_password};
pub use preferences::{Locale, Preferences, StreamingQuality};
pub use profile::{Bio, DeviceName, DisplayName, Handle};
pub use refresh_token::RefreshToken;
pub use refusal::Refusal;
pub use registration::{Registration, RegistrationForm};
pub use session::{
    ACCESS_TOKEN_LIFE, Client, LOST_ANSWER_WINDOW, PresentedToken, REFRESH_TOKEN_LIFE, Session, Successor, Verdict,
};
