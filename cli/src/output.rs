//! What commands print: text for people, or JSON for scripts.

use std::io::{self, Write};

use serde::Serialize;

/// Prints a value as JSON, or, without `json`, what `text` writes. A reader that went away is no error.
pub(crate) fn print<T: Serialize>(json: bool, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
    let rendered = if json { serde_json::to_string_pretty(value)? } else { text(value) };
    let written = writeln!(io::stdout().lock(), "{}", rendered.trim_end());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says on stderr that the platform could not answer in full.
pub(crate) fn note_partial(partial: bool) {
    if partial {
        eprintln!("note: a part of the platform does not answer; what it knows is missing here");
    }
}

/// Text of others without the characters that would steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `3:07`, or `1:02:03`.
pub(crate) fn length(ms: i64) -> String {
    let seconds = (ms.max(0) + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_like_those_of_a_player() {
        assert_eq!([length(0), length(187_400), length(3_723_000)], ["0:00", "3:07", "1:02:03"]);
    }

    #[test]
    fn a_title_cannot_steer_the_terminal() {
        assert_eq!(plain("\u{1b}[2Jboo\r\n"), " [2Jboo  ");
    }
}
