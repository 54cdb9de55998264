//! What is seen while an import runs: bars on a terminal, a line per event elsewhere, a line of JSON per event for scripts.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::summary::{Ending, FileEnding};

const LABEL_WIDTH: usize = 40;

/// Shows how far an import is.
pub(crate) struct Report {
    bars: Option<Bars>,
    is_json: bool,
}

struct Bars {
    all: MultiProgress,
    total: ProgressBar,
}

/// What happens, as scripts read it.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Event<'a> {
    /// A file is being uploaded.
    Uploading { path: &'a str, bytes: u64 },
    /// A file was uploaded and is being processed.
    Processing { path: &'a str },
    /// A file is done with.
    File {
        #[serde(flatten)]
        file: FileEnding,
    },
    /// An album has got the picture of its folder.
    Cover { path: &'a str, album_id: &'a str, image_id: &'a str },
    /// A track has got the lyrics beside its file.
    Lyrics { path: &'a str, track_id: &'a str },
    /// A list of files has become a playlist.
    Playlist { path: &'a str, playlist_id: &'a str, entries: i32, matched: i32 },
    /// A file beside music came to nothing.
    Note { path: &'a str, reason: &'a str },
}

impl Report {
    /// With `is_json` there are lines of JSON on stdout and nothing else.
    pub(crate) fn new(is_json: bool) -> Self {
        if is_json || !std::io::stderr().is_terminal() {
            return Self { bars: None, is_json };
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = all.add(ProgressBar::new(0));
        total.set_style(style("{bar:30.green/dim} {pos}/{len} files  {elapsed}"));
        total.enable_steady_tick(Duration::from_secs(1));
        Self { bars: Some(Bars { all, total }), is_json }
    }

    /// So many more files are to be imported.
    pub(crate) fn expect(&self, files: usize) {
        if let Some(bars) = &self.bars {
            bars.total.inc_length(files as u64);
        }
    }

    /// A file is being uploaded.
    pub(crate) fn upload(&self, label: &str, size: u64) -> Bar {
        self.tell(&Event::Uploading { path: label, bytes: size }, || format!("uploading   {label}"));
        self.bar(label, size, "  {msg:40} {bar:24} {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12}")
    }

    /// A file is being processed.
    pub(crate) fn processing(&self, label: &str) -> Bar {
        self.tell(&Event::Processing { path: label }, || format!("processing  {label}"));
        self.bar(label, 100, "  {msg:40} {bar:24.cyan} {pos:>3} %")
    }

    /// A file is done with.
    pub(crate) fn done(&self, label: &str, ending: &Ending) {
        if self.is_json {
            let file = FileEnding { path: label.to_owned(), ending: ending.clone() };
            return print_line(&Event::File { file });
        }
        self.line(&ending.line(label));
        if let Some(bars) = &self.bars {
            bars.total.inc(1);
        }
    }

    /// Something happened that is no step of a file of music.
    pub(crate) fn event(&self, event: &Event<'_>, text: impl FnOnce() -> String) {
        if self.is_json { print_line(event) } else { self.line(&text()) }
    }

    /// Says something to people.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_json {
            self.line(text);
        }
    }

    /// Does something while no bars are drawn, such as printing.
    pub(crate) fn suspended<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.all.suspend(work),
            None => work(),
        }
    }

    /// Whether there are lines of JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    fn line(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn tell(&self, event: &Event<'_>, line: impl FnOnce() -> String) {
        if self.is_json {
            print_line(event);
        } else if self.bars.is_none() {
            eprintln!("{}", crate::output::plain(&line()));
        }
    }

    /// Takes the bars away.
    pub(crate) fn end(&self) {
        if let Some(bars) = &self.bars {
            bars.total.finish_and_clear();
            // Whether a terminal could be cleared changes nothing for the import.
            let _ = bars.all.clear();
        }
    }

    fn bar(&self, label: &str, length: u64, template: &str) -> Bar {
        Bar(self.bars.as_ref().map(|bars| {
            let bar = bars.all.insert_before(&bars.total, ProgressBar::new(length));
            bar.set_style(style(template));
            bar.set_message(shortened(label));
            bar
        }))
    }
}

/// A line of JSON on stdout. A reader that went away does not end the import.
pub(crate) fn print_line(value: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(value) {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is one of this file").progress_chars("━━─")
}

/// The end of a long label: it tells files apart better than its beginning.
fn shortened(label: &str) -> String {
    let label = crate::output::plain(label);
    let count = label.chars().count();
    if count <= LABEL_WIDTH {
        return label;
    }
    std::iter::once('…').chain(label.chars().skip(count - LABEL_WIDTH + 1)).collect()
}

/// A bar of one file; it goes when it is dropped.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar that nobody sees, for what is small.
    pub(crate) fn hidden() -> Self {
        Self(None)
    }

    /// The bar's own handle, for what counts bytes as they go.
    pub(crate) fn handle(&self) -> Option<ProgressBar> {
        self.0.clone()
    }

    /// This much is done.
    pub(crate) fn set(&self, position: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(position);
        }
    }

    /// This much was counted too early.
    pub(crate) fn take_back(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bar.position().saturating_sub(count));
        }
    }

    /// This much more is done.
    pub(crate) fn add(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(count);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_names_it() {
        let file = FileEnding {
            path: "a.mp3".into(),
            ending: Ending::Imported { track: Some("trk_1".into()), not_split: None },
        };
        let line = serde_json::to_string(&Event::File { file }).unwrap();
        assert_eq!(line, r#"{"event":"file","path":"a.mp3","outcome":"imported","trackId":"trk_1"}"#);
        let cover = Event::Cover { path: "cover.jpg", album_id: "alb_1", image_id: "img_1" };
        let line = serde_json::to_string(&cover).unwrap();
        assert_eq!(line, r#"{"event":"cover","path":"cover.jpg","albumId":"alb_1","imageId":"img_1"}"#);
    }

    #[test]
    fn a_long_label_keeps_its_end() {
        let short = shortened(&format!("{}/the song.flac", "ö".repeat(80)));
        assert_eq!(short.chars().count(), LABEL_WIDTH);
        assert!(short.starts_with('…') && short.ends_with("/the song.flac"));
    }
}
