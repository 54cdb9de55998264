//! What a mail tells of.

use chrono::{DateTime, Utc};
use polyphony_events::accounts::{
    EmailChangeRequested, EmailVerificationRequested, PasswordResetRequested, seal_context,
};
use polyphony_kit::{Event, seal::Sealer};
use serde::{Deserialize, Serialize};

use super::Digest;

/// What a mail tells of. It is kept until the mail is sent, so names and titles are as they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Somebody has made an account.
    Welcome {
        /// The name that they are found by.
        handle: String,
    },
    /// Somebody is asked to show that the address is theirs.
    VerifyEmail {
        /// What they give back.
        #[serde(flatten)]
        code: Code,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Somebody has forgotten their password.
    ResetPassword {
        /// What lets them choose another.
        #[serde(flatten)]
        code: Code,
        /// Until when.
        expires_at: DateTime<Utc>,
        /// The providers that they sign in at, when they have no password.
        #[serde(default)]
        sign_in_providers: Vec<String>,
    },
    /// Somebody wanted to make an account with an address that has one.
    RegistrationAttempted {
        /// When.
        at: DateTime<Utc>,
    },
    /// Somebody wants to move their account to another address.
    ChangeEmail {
        /// The address that is wanted.
        new_email: String,
        /// Whether this goes to the address that the account has.
        is_current: bool,
        /// What agrees to it or refuses it.
        #[serde(flatten)]
        code: Code,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// An upload can be played.
    TrackReady {
        /// The track's title, or the file's name when it has none.
        title: String,
        /// How long it plays.
        duration_ms: i64,
        /// Whether the same audio was there already.
        #[serde(default)]
        is_duplicate: bool,
    },
    /// An upload cannot be played, and will not be without help.
    TrackFailed {
        /// The file's name.
        filename: String,
        /// Whether the file was at fault, not we.
        rejected: bool,
        /// Why, for a person.
        reason: String,
    },
    /// What became of several uploads.
    Uploads(Digest),
    /// Somebody has signed in on a device that was not seen before.
    NewDevice {
        /// What the device calls itself.
        device: Option<String>,
        /// Where it is, on the internet.
        address: Option<String>,
        /// When.
        signed_in_at: DateTime<Utc>,
    },
    /// The security of an account has changed.
    Security(Notice),
    /// The export of all that is kept about them has ended.
    DataExport {
        /// Until when it can be downloaded; absent when it has failed.
        expires_at: Option<DateTime<Utc>>,
        /// Why it has failed; absent when it can be downloaded.
        failed_because: Option<String>,
    },
    /// An artist whom they follow has a new album.
    NewAlbum {
        /// Its title.
        title: String,
        /// Who made it, in order.
        artists: Vec<String>,
    },
}

/// A change to the security of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened, as the security log names it: `PASSWORD_CHANGED`.
    pub what: String,
    /// What else there is to know.
    pub detail: Option<String>,
    /// What the client's device calls itself.
    pub device: Option<String>,
    /// Where it is, on the internet.
    pub address: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A code that a letter carries. It is sealed until the letter is put into words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The code as accounts sealed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// The code in the clear, in letters that were written before codes were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl Code {
    /// The code of an event. One that came in the clear, from an accounts of the release before, is sealed here, so that no row has it.
    pub fn receive(sealer: &Sealer, carried: Option<String>, token: &str, context: &str) -> anyhow::Result<Self> {
        let carried = match carried {
            Some(carried) => carried,
            None => sealer.seal(token, context)?,
        };
        Ok(Self { sealed: Some(carried), token: None })
    }

    /// The code in the clear; `None` when no key of ours opens it for this context.
    fn open(&self, sealer: &Sealer, context: &str) -> Option<String> {
        match &self.sealed {
            Some(carried) => sealer.open(carried, context),
            None => self.token.clone(),
        }
    }
}

impl Letter {
    /// What the letter is called in metrics and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::RegistrationAttempted { .. } => "registration_attempted",
            Self::ChangeEmail { .. } => "change_email",
            Self::TrackReady { .. } => "track_ready",
            Self::TrackFailed { .. } => "track_failed",
            Self::Uploads(_) => "uploads",
            Self::NewDevice { .. } => "new_device",
            Self::Security(_) => "security",
            Self::DataExport { .. } => "data_export",
            Self::NewAlbum { .. } => "new_album",
        }
    }

    /// Whether the letter is one that nobody asked for: those who get it can turn it off.
    pub fn is_news(&self) -> bool {
        matches!(self, Self::NewAlbum { .. })
    }

    /// Whether the letter has lost its use: the code in it has expired.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.code().is_some_and(|(_, _, expires_at)| expires_at <= now)
    }

    /// The code that the letter carries to this address, in the clear: `Ok(None)` for a letter without one, `Err` when it does
    /// not open, because the secrets are not those of accounts or the letter was meant for another address.
    pub fn open_code(&self, sealer: &Sealer, email: &str) -> Result<Option<String>, CodeNotOpened> {
        let Some((code, event_type, _)) = self.code() else { return Ok(None) };
        code.open(sealer, &seal_context(event_type, email)).map(Some).ok_or(CodeNotOpened)
    }

    fn code(&self) -> Option<(&Code, &'static str, DateTime<Utc>)> {
        match self {
            Self::VerifyEmail { code, expires_at } => Some((code, EmailVerificationRequested::TYPE, *expires_at)),
            Self::ResetPassword { code, expires_at, .. } => Some((code, PasswordResetRequested::TYPE, *expires_at)),
            Self::ChangeEmail { code, expires_at, .. } => Some((code, EmailChangeRequested::TYPE, *expires_at)),
            Self::Welcome { .. }
            | Self::RegistrationAttempted { .. }
            | Self::TrackReady { .. }
            | Self::TrackFailed { .. }
            | Self::Uploads(_)
            | Self::NewDevice { .. }
            | Self::Security(_)
            | Self::DataExport { .. }
            | Self::NewAlbum { .. } => None,
        }
    }
}

/// A code does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code does not open; MAIL_SEALING_KEYS must have the first key of accounts")]
pub struct CodeNotOpened;
