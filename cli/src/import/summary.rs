//! How an import ended.

use std::{process::ExitCode, time::Duration};

use serde::Serialize;

use crate::output::plain;

/// How one file ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub(crate) enum Ending {
    /// It was uploaded and can be played.
    Imported {
        #[serde(rename = "trackId")]
        track: Option<String>,
    },
    /// It was uploaded; nobody waited for more.
    Uploaded,
    /// It was there before.
    AlreadyThere {
        #[serde(rename = "trackId")]
        track: Option<String>,
    },
    /// The server does not take it.
    Rejected { reason: String },
    /// Something went wrong.
    Failed { reason: String },
    /// It would be uploaded, in a dry run.
    Pending,
}

/// A file and how it ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileEnding {
    pub(crate) path: String,
    #[serde(flatten)]
    pub(crate) ending: Ending,
}

/// All files and how they ended.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) imported: usize,
    pub(crate) uploaded: usize,
    pub(crate) already_there: usize,
    pub(crate) rejected: usize,
    pub(crate) failed: usize,
    pub(crate) pending: usize,
    /// Bytes that were sent.
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) interrupted: bool,
    pub(crate) files: Vec<FileEnding>,
}

impl Ending {
    /// The file and its ending on one line.
    pub(crate) fn line(&self, label: &str) -> String {
        let label = plain(label);
        match self {
            Self::Imported { .. } => format!("imported    {label}"),
            Self::Uploaded => format!("uploaded    {label}"),
            Self::AlreadyThere { .. } => format!("there       {label}"),
            Self::Rejected { reason } => format!("rejected    {label}: {}", plain(reason)),
            Self::Failed { reason } => format!("failed      {label}: {}", plain(reason)),
            Self::Pending => format!("to upload   {label}"),
        }
    }
}

impl Summary {
    /// Counts a file in.
    pub(crate) fn add(&mut self, path: String, ending: Ending) {
        *match &ending {
            Ending::Imported { .. } => &mut self.imported,
            Ending::Uploaded => &mut self.uploaded,
            Ending::AlreadyThere { .. } => &mut self.already_there,
            Ending::Rejected { .. } => &mut self.rejected,
            Ending::Failed { .. } => &mut self.failed,
            Ending::Pending => &mut self.pending,
        } += 1;
        self.files.push(FileEnding { path, ending });
    }

    /// Puts the files in order and takes the time.
    pub(crate) fn close(&mut self, took: Duration) {
        self.seconds = took.as_secs_f64();
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
    }

    /// 130 when interrupted, 1 when a file is not there, else 0.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match (self.interrupted, self.failed + self.rejected) {
            (true, _) => ExitCode::from(130),
            (false, 0) => ExitCode::SUCCESS,
            (false, _) => ExitCode::FAILURE,
        }
    }

    /// For people: those that are not there by name, then the counts.
    pub(crate) fn text(&self) -> String {
        let is_bad = |file: &&FileEnding| matches!(file.ending, Ending::Rejected { .. } | Ending::Failed { .. });
        let mut lines: Vec<_> = self.files.iter().filter(is_bad).map(|file| file.ending.line(&file.path)).collect();
        let counts = [
            (self.imported, "imported"),
            (self.uploaded, "uploaded"),
            (self.pending, if self.interrupted { "unfinished" } else { "to upload" }),
            (self.already_there, "already there"),
            (self.rejected, "rejected"),
            (self.failed, "failed"),
        ];
        let said = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let said = said.collect::<Vec<_>>().join(", ");
        let said = if said.is_empty() { "no music found".to_owned() } else { said };
        let bytes = indicatif::HumanBytes(self.bytes);
        lines.push(format!("{said}; {bytes} sent in {:.1} s", self.seconds));
        if self.interrupted {
            lines.push("Interrupted. Run the same command again to go on where it stopped.".to_owned());
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_is_not_there_and_counts_the_rest() {
        let mut summary = Summary { bytes: 2048, ..Summary::default() };
        summary.add("b.mp3".into(), Ending::Failed { reason: "the server\nis away".into() });
        summary.add("a.mp3".into(), Ending::Imported { track: Some("trk_1".into()) });
        summary.close(Duration::from_millis(1500));
        assert_eq!(
            summary.text(),
            "failed      b.mp3: the server is away\n1 imported, 1 failed; 2.00 KiB sent in 1.5 s"
        );
        assert_eq!(summary.files[0].path, "a.mp3");
        assert_eq!(format!("{:?}", summary.exit_code()), format!("{:?}", ExitCode::FAILURE));
    }
}
