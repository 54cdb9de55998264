//! What is said about uploads: of one, or of an import as a digest.

use super::one_line;
use crate::domain::digest::{Digest, Failure};

pub(super) fn track_ready(title: &str, duration_ms: i64, is_duplicate: bool) -> (String, String) {
    let (title, length) = (one_line(title), length(duration_ms));
    let body = if is_duplicate {
        format!(
            "your upload \"{title}\" ({length}) has been processed. The same recording was there already: play that one."
        )
    } else {
        format!("your upload \"{title}\" ({length}) has been processed and is ready to be played.")
    };
    (format!("Your track is ready: {title}"), body)
}

pub(super) fn track_failed(filename: &str, rejected: bool, reason: &str) -> (String, String) {
    let (filename, reason) = (one_line(filename), one_line(reason));
    (
        format!("Your track could not be processed: {filename}"),
        format!("your upload \"{filename}\" could not be processed.\n\nReason: {reason}\n\n{}", advice(rejected)),
    )
}

/// What failed and why stands on top, then what is ready.
pub(super) fn digest(digest: &Digest) -> (String, String) {
    let (ready, failed) = (digest.ready, digest.failed);
    let subject = match (ready, failed) {
        (0, failed) => format!("{} could not be processed", tracks(failed)),
        (ready, 0) => format!("{} ready", are(ready)),
        (ready, failed) => format!("{failed} of {} could not be processed", tracks(ready + failed)),
    };
    let mut parts = Vec::new();
    if failed > 0 {
        let mut lines = vec![format!("{} could not be processed:\n", tracks(failed))];
        lines.extend(digest.failures.iter().map(failure_line));
        lines.extend(rest(failed, digest.failures.len()));
        parts.push(lines.join("\n"));
        parts.extend([true, false].into_iter().filter(|rejected| digest.has_failure(*rejected)).map(hint));
    }
    if ready > 0 {
        let mut lines = vec![format!("{} ready to be played:\n", are(ready))];
        lines.extend(digest.titles.iter().map(|title| format!("- {}", one_line(title))));
        lines.extend(rest(ready, digest.titles.len()));
        parts.push(lines.join("\n"));
    }
    if digest.duplicates > 0 {
        parts.push(format!("Of {}, the same recording was there already: play that one.", tracks(digest.duplicates)));
    }
    (subject, format!("your uploads have been processed.\n\n{}", parts.join("\n\n")))
}

fn failure_line(failure: &Failure) -> String {
    format!("- {}: {}", one_line(&failure.filename), one_line(&failure.reason))
}

fn rest(all: u32, listed: usize) -> Option<String> {
    let rest = all as usize - listed.min(all as usize);
    (rest > 0).then(|| format!("- and {rest} more"))
}

fn hint(rejected: bool) -> String {
    if rejected {
        "Where the file itself is the reason, please check it and upload it again.".to_owned()
    } else {
        "Where the file is not to blame it is kept, and processing can be started again.".to_owned()
    }
}

fn tracks(count: u32) -> String {
    if count == 1 { "1 track".to_owned() } else { format!("{count} tracks") }
}

fn are(count: u32) -> String {
    format!("{} {}", tracks(count), if count == 1 { "is" } else { "are" })
}

fn advice(rejected: bool) -> &'static str {
    if rejected {
        "The file itself is the reason. Please check it and upload it again."
    } else {
        "The file is not to blame. It is kept, and processing can be started again."
    }
}

fn length(duration_ms: i64) -> String {
    let seconds = (duration_ms.max(0) + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
