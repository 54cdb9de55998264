//! How an import ended.

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

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
        /// What is said of its cue sheet, when that was not followed.
        #[serde(rename = "notSplit", skip_serializing_if = "Option::is_none")]
        not_split: Option<String>,
    },
    /// It was uploaded, is a whole album, and its tracks can be played.
    Divided {
        #[serde(rename = "trackIds")]
        tracks: Vec<String>,
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

/// How many files ended how, and which came to nothing.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) imported: usize,
    /// Those of the imported that are whole albums, and the tracks that they were divided into.
    pub(crate) divided: usize,
    pub(crate) divided_into: usize,
    pub(crate) uploaded: usize,
    pub(crate) already_there: usize,
    pub(crate) rejected: usize,
    pub(crate) failed: usize,
    pub(crate) pending: usize,
    /// Bytes that were sent.
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) interrupted: bool,
    /// Albums that got the picture of their folder.
    pub(crate) covers: usize,
    /// Tracks that got the lyrics beside their file.
    pub(crate) lyrics: usize,
    /// Playlists that were made of lists of files.
    pub(crate) playlists: usize,
    /// Files that are no music and were not used, by the ending of their name.
    pub(crate) left_out: BTreeMap<String, usize>,
    /// Folders that were named and have no music.
    pub(crate) empty: Vec<String>,
    /// Those that are not there.
    #[serde(skip)]
    pub(crate) failures: Vec<FileEnding>,
    /// What came to nothing beside the music.
    #[serde(skip)]
    pub(crate) notes: Vec<String>,
}

/// The summary as the last line of an import's events.
#[derive(Serialize)]
#[serde(tag = "event", rename = "summary")]
pub(crate) struct SummaryEvent<'a> {
    #[serde(flatten)]
    pub(crate) summary: &'a Summary,
}

impl Ending {
    /// The file and its ending on one line.
    pub(crate) fn line(&self, label: &str) -> String {
        let label = plain(label);
        match self {
            Self::Imported { .. } => format!("imported    {label}"),
            Self::Divided { tracks } => format!("imported    {label}: {} tracks", tracks.len()),
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
        match &ending {
            Ending::Imported { not_split: Some(note), .. } => self.notes.push(note.clone()),
            Ending::Divided { tracks } => {
                self.divided += 1;
                self.divided_into += tracks.len();
            }
            _ => {}
        }
        *match &ending {
            Ending::Imported { .. } | Ending::Divided { .. } => &mut self.imported,
            Ending::Uploaded => &mut self.uploaded,
            Ending::AlreadyThere { .. } => &mut self.already_there,
            Ending::Rejected { .. } => &mut self.rejected,
            Ending::Failed { .. } => &mut self.failed,
            Ending::Pending => &mut self.pending,
        } += 1;
        if matches!(ending, Ending::Rejected { .. } | Ending::Failed { .. }) {
            self.failures.push(FileEnding { path, ending });
        }
    }

    /// Puts the failures in order and takes the time.
    pub(crate) fn close(&mut self, took: Duration) {
        self.seconds = took.as_secs_f64();
        self.failures.sort_by(|one, other| one.path.cmp(&other.path));
    }

    /// Whether anything happened.
    pub(crate) fn has_news(&self) -> bool {
        let files = [self.imported, self.uploaded, self.already_there, self.rejected, self.failed, self.pending];
        files.iter().sum::<usize>() + self.covers + self.lyrics + self.playlists + self.notes.len() > 0
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
        let mut lines: Vec<_> = self.failures.iter().map(|file| file.ending.line(&file.path)).collect();
        lines.extend(self.notes.iter().map(|note| format!("note        {}", plain(note))));
        let counts = [
            (self.imported, "imported"),
            (self.uploaded, "uploaded"),
            (self.pending, if self.interrupted { "unfinished" } else { "to upload" }),
            (self.already_there, "already there"),
            (self.rejected, "rejected"),
            (self.failed, "failed"),
        ];
        let said = counted(&counts);
        let said = if said.is_empty() { "no music found".to_owned() } else { said };
        let bytes = indicatif::HumanBytes(self.bytes);
        lines.push(format!("{said}; {bytes} sent in {:.1} s", self.seconds));
        if self.divided > 0 {
            let files = if self.divided == 1 { "file" } else { "files" };
            lines.push(format!("by cue sheets: {} {files}, {} tracks", self.divided, self.divided_into));
        }
        let beside = [(self.covers, "covers set"), (self.lyrics, "lyrics set"), (self.playlists, "playlists made")];
        lines.extend(
            Some(counted(&beside)).filter(|said| !said.is_empty()).map(|said| format!("beside the music: {said}")),
        );
        lines.extend(self.left_out_line());
        lines.extend(self.empty.iter().map(|folder| format!("no music in {}", plain(folder))));
        if self.interrupted {
            lines.push("Interrupted. Run the same command again to go on where it stopped.".to_owned());
        }
        lines.join("\n")
    }

    /// What was left out, the most frequent ending first.
    fn left_out_line(&self) -> Option<String> {
        let mut kinds: Vec<_> = self.left_out.iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), (*kind).clone()));
        let said = kinds.iter().map(|(kind, count)| format!("{count} {}", plain(kind)));
        let said = said.collect::<Vec<_>>().join(", ");
        (!said.is_empty()).then(|| format!("left out: {said}"))
    }
}

fn counted(counts: &[(usize, &str)]) -> String {
    let said = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_is_not_there_and_counts_the_rest() {
        let mut summary = Summary { bytes: 2048, ..Summary::default() };
        summary.add("b.mp3".into(), Ending::Failed { reason: "the server\nis away".into() });
        summary.add("a.mp3".into(), Ending::Imported { track: Some("trk_1".into()), not_split: None });
        summary.close(Duration::from_millis(1500));
        assert_eq!(
            summary.text(),
            "failed      b.mp3: the server is away\n1 imported, 1 failed; 2.00 KiB sent in 1.5 s"
        );
        assert_eq!(format!("{:?}", summary.exit_code()), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_file_that_is_an_album_counts_once_and_its_tracks_beside_it() {
        let mut summary = Summary::default();
        summary.add("a.flac".into(), Ending::Divided { tracks: vec!["trk_1".into(), "trk_2".into(), "trk_3".into()] });
        let note = Some("b.cue: not split: it is broken".to_owned());
        summary.add("b.flac".into(), Ending::Imported { track: None, not_split: note });
        let text = summary.text();
        assert!(text.contains("note        b.cue: not split: it is broken\n2 imported; "), "{text}");
        assert!(text.ends_with("by cue sheets: 1 file, 3 tracks"), "{text}");
    }

    #[test]
    fn what_is_left_out_is_counted_by_kind() {
        let left_out = [(".cue", 1), (".txt", 12), (".jpg", 1)].map(|(kind, count)| (kind.to_owned(), count));
        let empty = vec!["Empty".to_owned()];
        let summary = Summary { left_out: left_out.into(), empty, covers: 2, ..Summary::default() };
        let text = summary.text();
        assert!(text.contains("left out: 12 .txt, 1 .cue, 1 .jpg"), "{text}");
        assert!(text.contains("no music in Empty") && text.contains("beside the music: 2 covers set"), "{text}");
        let line = serde_json::to_string(&SummaryEvent { summary: &summary }).unwrap();
        assert!(
            line.starts_with(r#"{"event":"summary","imported":0"#) && line.contains(r#""leftOut":{".cue":1"#),
            "{line}"
        );
    }
}
