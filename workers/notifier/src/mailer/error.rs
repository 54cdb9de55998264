//! Why a mail did not leave, and what that means for it.

use lettre::transport::smtp;

use crate::domain::letter::CodeNotOpened;

/// Enhanced status codes (RFC 3463) that blame the sender's address: every mail of ours would be refused.
const SENDER_REFUSED: [&str; 2] = ["5.1.7", "5.1.8"];
/// How much of what a mail server says is kept.
const MAX_REASON_CHARS: usize = 300;

/// Why a mail was not sent. It never holds the address or what the mail says.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The mail cannot be written as it is.
    #[error("the mail cannot be written")]
    Unwritable(#[source] anyhow::Error),
    /// The code in it has expired.
    #[error("the code of the mail has expired")]
    Stale,
    /// The code in it does not open.
    #[error(transparent)]
    Sealed(CodeNotOpened),
    /// The server will not take it, now or later (5xx).
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// It did not leave this time: refused for now (4xx), or the connection failed.
    #[error("the mail did not leave: {0}")]
    Deferred(String),
}

impl SendError {
    /// What an error of the SMTP client means for a mail to this address.
    pub(super) fn of_smtp(error: &smtp::Error, email: &str) -> Self {
        let text = redact(&error.to_string(), email);
        let needs_smtputf8 = email.rsplit_once('@').is_some_and(|(local, _)| !local.is_ascii());
        if error.is_client() && needs_smtputf8 {
            return Self::Refused("the mail server has no SMTPUTF8, which the address needs".to_owned());
        }
        let blames_sender = SENDER_REFUSED
            .iter()
            .any(|code| text.split(|c: char| c != '.' && !c.is_ascii_digit()).any(|word| word == *code));
        if error.is_permanent() && !blames_sender { Self::Refused(text) } else { Self::Deferred(text) }
    }

    /// Whether trying again makes no sense.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Unwritable(_) | Self::Stale | Self::Refused(_))
    }

    /// Whether the cause may be the server, not the mail: a server that turns us away answers with 5xx too.
    pub fn may_be_an_outage(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Deferred(_))
    }

    /// The whole chain, for the log.
    pub fn reason(&self) -> String {
        match self {
            Self::Unwritable(source) => format!("{self}: {source:#}"),
            _ => self.to_string(),
        }
    }
}

/// What a server said, on one line and without addresses: servers like to repeat them.
fn redact(text: &str, email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let is_address = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        word.contains('@') || (!bare.is_empty() && bare == local)
    };
    let words = text.split_whitespace().map(|word| if is_address(word) { "<address>" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_kept_without_the_address() {
        let said = "permanent error (550): 5.1.1 <Ann@example.org>: Recipient rejected: User 'ann' unknown\r\nin table";
        let kept = redact(said, "ann@example.org");
        assert_eq!(kept, "permanent error (550): 5.1.1 <address> Recipient rejected: User <address> unknown in table");
        assert_eq!(redact(&"x ".repeat(1000), "ann@example.org").chars().count(), MAX_REASON_CHARS);
    }
}
