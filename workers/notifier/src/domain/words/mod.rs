//! Letters in words: a subject and plain text. What others wrote stays on its line.

mod account;
mod media;
mod news;
mod security;

use chrono::{DateTime, Utc};

use super::Letter;

/// The longest that a name or title may be in a mail, in characters.
const MAX_NAME_CHARS: usize = 120;
/// How long the lines of a mail are, in characters.
const LINE_WIDTH: usize = 72;

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// What a letter is completed with when it is put into words, and that it is not kept with.
#[derive(Clone, Copy, Default)]
pub struct Completion<'a> {
    /// The code that the letter carries, opened.
    pub code: Option<&'a str>,
    /// The web client, where people sign in.
    pub web_url: Option<&'a str>,
    /// Where news are turned off.
    pub unsubscribe_url: Option<&'a str>,
}

impl Letter {
    /// Puts the letter into words for the person of this name.
    pub fn words(&self, display_name: &str, with: Completion<'_>) -> Words {
        let code = with.code.unwrap_or_default();
        let (subject, body) = match self {
            Self::Welcome { handle } => account::welcome(handle),
            Self::VerifyEmail { expires_at, .. } => account::verify_email(code, *expires_at, with.web_url),
            Self::ResetPassword { expires_at, sign_in_providers, .. } => {
                account::reset_password(code, *expires_at, sign_in_providers, with.web_url)
            }
            Self::RegistrationAttempted { at } => account::registration_attempted(*at),
            Self::ChangeEmail { new_email, is_current: true, expires_at, .. } => {
                account::leave_address(new_email, code, *expires_at)
            }
            Self::ChangeEmail { expires_at, .. } => account::join_address(code, *expires_at),
            Self::TrackReady { title, duration_ms, is_duplicate } => {
                media::track_ready(title, *duration_ms, *is_duplicate)
            }
            Self::TrackFailed { filename, rejected, reason } => media::track_failed(filename, *rejected, reason),
            Self::Uploads(digest) => media::digest(digest),
            Self::NewDevice { device, address, signed_in_at } => {
                security::new_device(device.as_deref(), address.as_deref(), *signed_in_at)
            }
            Self::Security(notice) => security::notice(notice),
            Self::DataExport { expires_at, failed_because } => {
                account::data_export(*expires_at, failed_because.as_deref(), with.web_url)
            }
            Self::NewAlbum { title, artists } => news::new_album(title, artists, with.unsubscribe_url),
        };
        let greeting = match one_line(display_name) {
            name if name.is_empty() => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        Words { subject, text: wrapped(&format!("{greeting}\n\n{body}\n\nPolyphony\n")) }
    }
}

fn point_in_time(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// A code as it is, without anything that does not belong into one.
fn one_word(token: &str) -> String {
    token.chars().filter(char::is_ascii_graphic).collect()
}

/// Text of others on one line of bearable length: what breaks lines or is not to be seen becomes a space.
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || c.is_whitespace() || is_invisible(c);
    let line = text.split(breaks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_NAME_CHARS {
        return line;
    }
    line.chars().take(MAX_NAME_CHARS - 1).chain(['…']).collect()
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::letter::{Code, Notice};

    #[test]
    fn a_title_cannot_break_out_of_its_line() {
        let letter = Letter::TrackReady {
            title: "Song\r\nBcc: all@example.org\u{2028}x".into(),
            duration_ms: 61_400,
            is_duplicate: false,
        };
        let words = letter.words("Ann\r\nSubject: gotcha", Completion::default());
        assert_eq!(words.subject, "Your track is ready: Song Bcc: all@example.org x");
        assert!(
            words.text.starts_with("Hello Ann Subject: gotcha,\n\nyour upload \"Song Bcc: all@example.org x\" (1:01)")
        );
    }

    #[test]
    fn lines_are_broken_between_words_and_empty_ones_kept() {
        let words = Letter::Welcome { handle: "ann".into() }.words("Ann", Completion::default());
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
        assert_eq!(line.chars().count(), MAX_NAME_CHARS);
        assert!(line.ends_with("ö…"));
    }

    #[test]
    fn a_rejected_file_is_told_apart_from_our_own_failure() {
        let failed =
            |rejected| Letter::TrackFailed { filename: "a.mp3".into(), rejected, reason: "no audio in it".into() };
        assert!(
            failed(true)
                .words("Ann", Completion::default())
                .text
                .contains("Reason: no audio in it\n\nThe file itself is the reason.")
        );
        assert!(failed(false).words("Ann", Completion::default()).text.contains("The file is not to blame."));
    }

    #[test]
    fn a_code_stands_on_a_line_of_its_own_and_ends_with_its_time() {
        let letter = Letter::VerifyEmail { code: Code::default(), expires_at: DateTime::UNIX_EPOCH };
        let words = letter.words("Ann", Completion { code: Some("a-b_c"), ..Completion::default() });
        assert!(
            words.text.contains("\n\na-b_c\n\nIt can be used once, until 1 January 1970, 00:00 UTC."),
            "{}",
            words.text
        );
        assert!(letter.is_stale(DateTime::UNIX_EPOCH));
        assert!(!letter.is_stale(DateTime::UNIX_EPOCH - TimeDelta::seconds(1)));
    }

    #[test]
    fn a_code_that_the_web_client_takes_comes_with_its_page() {
        let with = Completion { code: Some("a-b"), web_url: Some("https://music.example"), ..Completion::default() };
        let (code, expires_at) = (Code::default(), DateTime::UNIX_EPOCH);
        let reset = Letter::ResetPassword { code: code.clone(), expires_at, sign_in_providers: Vec::new() };
        for (letter, page) in [(Letter::VerifyEmail { code, expires_at }, "verify"), (reset, "reset")] {
            let text = letter.words("Ann", with).text;
            let expected = format!("\n\na-b\n\nEnter it, or open\n\nhttps://music.example/{page}#token=a-b\n\n");
            assert!(text.contains(&expected), "{text}");
        }
    }

    #[test]
    fn what_a_device_calls_itself_stays_on_its_line() {
        let device = Some("Phone\r\nAddress: home\u{202e}".into());
        let words = Letter::NewDevice { device, address: None, signed_in_at: DateTime::UNIX_EPOCH }
            .words("Ann", Completion::default());
        let lines: Vec<_> = words.text.lines().skip_while(|line| !line.starts_with("Device")).take(2).collect();
        assert_eq!(lines, ["Device: Phone Address: home", "When: 1 January 1970, 00:00 UTC"]);
    }

    #[test]
    fn every_kind_of_notice_says_what_happened_where_and_what_to_do() {
        for what in [
            "PASSWORD_CHANGED",
            "API_KEY_CREATED",
            "IDENTITY_LINKED",
            "ROLE_CHANGED",
            "PASSKEY_ADDED",
            "NEVER_HEARD_OF",
        ] {
            let notice = Notice {
                what: what.to_owned(),
                detail: Some("backup\r\nBcc: all@example.org".to_owned()),
                device: Some("Phone".to_owned()),
                address: Some("203.0.113.7".to_owned()),
                at: DateTime::UNIX_EPOCH,
            };
            let words = Letter::Security(notice).words("Ann", Completion::default());
            assert!(!words.subject.contains(['\r', '\n']) && !words.subject.contains('_'), "{}", words.subject);
            assert!(
                words.text.contains("Device: Phone\nAddress: 203.0.113.7\nWhen: 1 January 1970, 00:00 UTC\n\nIf "),
                "{}",
                words.text
            );
            assert!(!words.text.contains("\nBcc:") && !words.text.contains('\r'), "{}", words.text);
        }
    }

    #[test]
    fn who_has_no_password_reads_how_they_sign_in() {
        let letter = |providers: &[&str]| Letter::ResetPassword {
            code: Code::default(),
            expires_at: DateTime::UNIX_EPOCH,
            sign_in_providers: providers.iter().map(ToString::to_string).collect(),
        };
        let with = Completion { code: Some("abc"), ..Completion::default() };
        assert!(letter(&["Acme"]).words("Ann", with).text.replace('\n', " ").contains("you sign in with Acme"));
        assert!(letter(&[]).words("Ann", with).text.replace('\n', " ").contains("your password stays as it is"));
    }
}
