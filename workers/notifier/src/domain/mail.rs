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
/// How long the lines of a mail are, in characters.
const LINE_WIDTH: usize = 72;

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
        token: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Somebody has forgotten their password.
    ResetPassword {
        /// What lets them choose another.
        token: String,
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
    /// Somebody has signed in on a device that was not seen before.
    NewDevice {
        /// What the device calls itself.
        device: Option<String>,
        /// Where it is, on the internet.
        address: Option<String>,
        /// When.
        signed_in_at: DateTime<Utc>,
    },
    /// An artist whom they follow has a new album.
    NewAlbum {
        /// Its title.
        title: String,
        /// Who made it, in order.
        artists: Vec<String>,
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
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::TrackReady { .. } => "track_ready",
            Self::TrackFailed { .. } => "track_failed",
            Self::NewDevice { .. } => "new_device",
            Self::NewAlbum { .. } => "new_album",
        }
    }

    /// Whether the letter has lost its use: what it gives is good no more.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::VerifyEmail { expires_at, .. } | Self::ResetPassword { expires_at, .. } => *expires_at <= now,
            Self::Welcome { .. }
            | Self::TrackReady { .. }
            | Self::TrackFailed { .. }
            | Self::NewDevice { .. }
            | Self::NewAlbum { .. } => false,
        }
    }

    /// Puts the letter into words for the person of this name.
    pub fn words(&self, display_name: &str) -> Words {
        let (subject, body) = match self {
            Self::Welcome { handle } => welcome(handle),
            Self::VerifyEmail { token, expires_at } => verify_email(token, *expires_at),
            Self::ResetPassword { token, expires_at } => reset_password(token, *expires_at),
            Self::TrackReady { title, duration_ms, is_duplicate } => {
                track_ready(&one_line(title), *duration_ms, *is_duplicate)
            }
            Self::TrackFailed { filename, rejected, reason } => {
                track_failed(&one_line(filename), *rejected, &one_line(reason))
            }
            Self::NewDevice { device, address, signed_in_at } => {
                new_device(device.as_deref(), address.as_deref(), *signed_in_at)
            }
            Self::NewAlbum { title, artists } => new_album(&one_line(title), artists),
        };
        let greeting = match one_line(display_name) {
            name if name.is_empty() => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        Words { subject, text: wrapped(&format!("{greeting}\n\n{body}\n\nPolyphony\n")) }
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

fn verify_email(token: &str, expires_at: DateTime<Utc>) -> (String, String) {
    let (token, until) = (one_word(token), point_in_time(expires_at));
    let body = format!(
        "please confirm that this address is yours. Your code is\n\n{token}\n\n\
         It can be used once, until {until}.\n\n\
         If you did not ask for it, you need not do anything."
    );
    ("Confirm your address".to_owned(), body)
}

fn reset_password(token: &str, expires_at: DateTime<Utc>) -> (String, String) {
    let (token, until) = (one_word(token), point_in_time(expires_at));
    let body = format!(
        "somebody, probably you, wants to choose a new password for your account. The code for it is\n\n{token}\n\n\
         It can be used once, until {until}. Give it to nobody.\n\n\
         If you did not ask for it, you need not do anything: your password stays as it is."
    );
    ("Choose a new password".to_owned(), body)
}

fn point_in_time(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// A code as it is, without anything that does not belong into one.
fn one_word(token: &str) -> String {
    token.chars().filter(char::is_ascii_graphic).collect()
}

fn track_ready(title: &str, duration_ms: i64, is_duplicate: bool) -> (String, String) {
    let length = length(duration_ms);
    let body = if is_duplicate {
        format!(
            "your upload \"{title}\" ({length}) has been processed. The same recording was there already: play that one."
        )
    } else {
        format!("your upload \"{title}\" ({length}) has been processed and is ready to be played.")
    };
    (format!("Your track is ready: {title}"), body)
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

fn new_device(device: Option<&str>, address: Option<&str>, at: DateTime<Utc>) -> (String, String) {
    let known = |text: Option<&str>| text.map(one_line).filter(|text| !text.is_empty());
    let device = known(device).unwrap_or_else(|| "an unnamed device".to_owned());
    let address = known(address).map_or_else(String::new, |address| format!("\nAddress: {address}"));
    let body = format!(
        "somebody, probably you, has signed in to your account on a device that was not used before.\n\n\
         Device: {device}{address}\nWhen: {}\n\n\
         If it was you, you need not do anything. If not, end that session in your list of sessions and choose a new \
         password.",
        point_in_time(at)
    );
    ("A new device signed in to your account".to_owned(), body)
}

fn new_album(title: &str, artists: &[String]) -> (String, String) {
    let artists = match one_line(&artists.join(", ")) {
        artists if artists.is_empty() => "an artist whom you follow".to_owned(),
        artists => artists,
    };
    let body = format!(
        "there is a new album by {artists}: \"{title}\".\n\n\
         You get this mail because you follow them. Mail of this kind can be turned off in your preferences."
    );
    (format!("New album: {title}"), body)
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

/// The same text in lines of bearable length, broken between words.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let mut column = 0;
        for word in line.split_inclusive(' ') {
            let width = word.trim_end().chars().count();
            if column > 0 && column + width > LINE_WIDTH {
                wrapped.truncate(wrapped.trim_end_matches(' ').len());
                wrapped.push('\n');
                column = 0;
            }
            wrapped.push_str(word);
            column += word.chars().count();
        }
    }
    wrapped
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
        let letter = Letter::TrackReady {
            title: "Song\r\nBcc: all@example.org\u{2028}x".into(),
            duration_ms: 61_400,
            is_duplicate: false,
        };
        let words = letter.words("Ann\r\nSubject: gotcha");
        assert_eq!(words.subject, "Your track is ready: Song Bcc: all@example.org x");
        assert!(
            words.text.starts_with("Hello Ann Subject: gotcha,\n\nyour upload \"Song Bcc: all@example.org x\" (1:01)")
        );
    }

    #[test]
    fn lines_are_broken_between_words_and_empty_ones_kept() {
        let words = Letter::Welcome { handle: "ann".into() }.words("Ann");
        assert!(
            words.text.lines().all(|line| line.chars().count() <= LINE_WIDTH && !line.ends_with(' ')),
            "{}",
            words.text
        );
        assert!(words.text.starts_with("Hello Ann,\n\nyour account is ready."));
        assert_eq!(wrapped(&"x".repeat(100)), "x".repeat(100));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let line = one_line(&"ö".repeat(500));
        assert_eq!(line.chars().count(), LONGEST_NAME);
        assert!(line.ends_with("ö…"));
    }

    #[test]
    fn a_rejected_file_is_told_apart_from_our_own_failure() {
        let failed =
            |rejected| Letter::TrackFailed { filename: "a.mp3".into(), rejected, reason: "no audio in it".into() };
        assert!(failed(true).words("Ann").text.contains("Reason: no audio in it\n\nThe file itself is the reason."));
        assert!(failed(false).words("Ann").text.contains("The file is not to blame."));
    }

    #[test]
    fn a_code_stands_on_a_line_of_its_own_and_ends_with_its_time() {
        let letter = Letter::ResetPassword { token: "a-b_c".into(), expires_at: DateTime::UNIX_EPOCH };
        let words = letter.words("Ann");
        assert!(
            words.text.contains("\n\na-b_c\n\nIt can be used once, until 1 January 1970, 00:00 UTC."),
            "{}",
            words.text
        );
        assert!(letter.is_stale(DateTime::UNIX_EPOCH));
        assert!(!letter.is_stale(DateTime::UNIX_EPOCH - TimeDelta::seconds(1)));
    }

    #[test]
    fn what_a_device_calls_itself_stays_on_its_line() {
        let device = Some("Phone\r\nAddress: home\u{202e}".into());
        let words = Letter::NewDevice { device, address: None, signed_in_at: DateTime::UNIX_EPOCH }.words("Ann");
        let lines: Vec<_> = words.text.lines().skip_while(|line| !line.starts_with("Device")).take(2).collect();
        assert_eq!(lines, ["Device: Phone Address: home", "When: 1 January 1970, 00:00 UTC"]);
    }

    #[test]
    fn waits_double_up_to_an_hour_and_end_with_the_last_attempt() {
        let now = DateTime::UNIX_EPOCH;
        let wait = |attempt| next_attempt(attempt, now).map(|at| (at - now).num_seconds());
        assert_eq!([wait(1), wait(2), wait(9)], [Some(5), Some(10), Some(1280)]);
        assert_eq!(wait(MAX_ATTEMPTS), None);
    }
}
