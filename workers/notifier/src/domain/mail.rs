//! Mails: what happened, and how it is put into words.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Person;

/// A mail that failed this often is given up.
pub const MAX_ATTEMPTS: i32 = 10;
/// The wait after the first failure; it doubles with each.
const FIRST_BACKOFF: TimeDelta = TimeDelta::seconds(5);
/// The longest wait between two attempts.
const LONGEST_BACKOFF: TimeDelta = TimeDelta::hours(1);
/// The longest that a name or title may be in a mail, in characters.
const LONGEST_NAME: usize = 120;

/// What a mail tells of. It is kept until the mail is sent, so names and titles are as they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Somebody has made an account.
    Welcome {
        /// The name that they are found by.
        handle: String,
    },
    /// An upload can be played.
    TrackReady {
        /// The track's title, or the file's name when it has none.
        title: String,
        /// How long it plays.
        duration_ms: i64,
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
}

/// A mail that was taken up for sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The event that it tells of.
    pub event_id: Uuid,
    /// To whom.
    pub to: Person,
    /// What it tells.
    pub letter: Letter,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

impl Letter {
    /// What the letter is called in metrics and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::TrackReady { .. } => "track_ready",
            Self::TrackFailed { .. } => "track_failed",
        }
    }

    /// Puts the letter into words for the person of this name.
    pub fn words(&self, display_name: &str) -> Words {
        let (subject, body) = match self {
            Self::Welcome { handle } => welcome(handle),
            Self::TrackReady { title, duration_ms } => track_ready(&one_line(title), *duration_ms),
            Self::TrackFailed { filename, rejected, reason } => {
                track_failed(&one_line(filename), *rejected, &one_line(reason))
            }
        };
        let greeting = match one_line(display_name) {
            name if name.is_empty() => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        Words { subject, text: format!("{greeting}\n\n{body}\n\nPolyphony\n") }
    }
}

fn welcome(handle: &str) -> (String, String) {
    let handle = one_line(handle);
    let body = format!(
        "your account is ready. Others find you as @{handle}.\n\n\
         Search for what you like, put it on a playlist, and go on listening on any of your devices.\n\n\
         If you did not make this account, you need not do anything: without your password nobody can use it in your name."
    );
    ("Welcome to Polyphony".to_owned(), body)
}

fn track_ready(title: &str, duration_ms: i64) -> (String, String) {
    let length = length(duration_ms);
    (
        format!("Your track is ready: {title}"),
        format!("your upload \"{title}\" ({length}) has been processed and is ready to be played."),
    )
}

fn track_failed(filename: &str, rejected: bool, reason: &str) -> (String, String) {
    let advice = if rejected {
        "The file itself is the reason. Please check it and upload it again."
    } else {
        "The file is not to blame. It is kept, and processing can be started again."
    };
    (
        format!("Your track could not be processed: {filename}"),
        format!("your upload \"{filename}\" could not be processed.\n\nReason: {reason}\n\n{advice}"),
    )
}

/// When to try again after the failure of this attempt; nothing when it was the last.
pub fn next_attempt(attempt: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    (attempt < MAX_ATTEMPTS).then(|| now + (FIRST_BACKOFF * 2_i32.pow(doublings)).min(LONGEST_BACKOFF))
}

/// Text of others on one line of bearable length: what breaks lines or is not to be seen becomes a space.
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || c.is_whitespace() || is_invisible(c);
    let line = text.split(breaks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST_NAME {
        return line;
    }
    line.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// Marks that change the direction of text, which would let a name rewrite the sentence around it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn length(duration_ms: i64) -> String {
    let seconds = (duration_ms.max(0) + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_break_out_of_its_line() {
        let letter = Letter::TrackReady { title: "Song\r\nBcc: all@example.org\u{2028}x".into(), duration_ms: 61_400 };
        let words = letter.words("Ann\r\nSubject: gotcha");
        assert_eq!(words.subject, "Your track is ready: Song Bcc: all@example.org x");
        assert!(words.text.starts_with("Hello Ann Subject: gotcha,\n\nyour upload \"Song Bcc: all@example.org x\" (1:01)"));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let line = one_line(&"ö".repeat(500));
        assert_eq!(line.chars().count(), LONGEST_NAME);
        assert!(line.ends_with("ö…"));
    }

    #[test]
    fn a_rejected_file_is_told_apart_from_our_own_failure() {
        let failed = |rejected| Letter::TrackFailed { filename: "a.mp3".into(), rejected, reason: "no audio in it".into() };
        assert!(failed(true).words("Ann").text.contains("Reason: no audio in it\n\nThe file itself is the reason."));
        assert!(failed(false).words("Ann").text.contains("The file is not to blame."));
    }

    #[test]
    fn waits_double_up_to_an_hour_and_end_with_the_last_attempt() {
        let now = DateTime::UNIX_EPOCH;
        let wait = |attempt| next_attempt(attempt, now).map(|at| (at - now).num_seconds());
        assert_eq!([wait(1), wait(2), wait(9)], [Some(5), Some(10), Some(1280)]);
        assert_eq!(wait(MAX_ATTEMPTS), None);
    }
}
