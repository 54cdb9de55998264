//! What a person sees while an import runs: bars on a terminal, a line per event elsewhere.

use std::{io::IsTerminal, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

const LABEL_WIDTH: usize = 40;

/// Shows how far an import is.
pub(crate) struct Report {
    bars: Option<Bars>,
    is_quiet: bool,
}

struct Bars {
    all: MultiProgress,
    total: ProgressBar,
}

impl Report {
    /// For this many files; with `is_quiet` nothing is shown.
    pub(crate) fn new(files: usize, is_quiet: bool) -> Self {
        if is_quiet || !std::io::stderr().is_terminal() {
            return Self { bars: None, is_quiet };
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = all.add(ProgressBar::new(files as u64));
        total.set_style(style("{bar:30.green/dim} {pos}/{len} files  {elapsed}"));
        total.enable_steady_tick(Duration::from_secs(1));
        Self { bars: Some(Bars { all, total }), is_quiet }
    }

    /// A file is being uploaded.
    pub(crate) fn upload(&self, label: &str, size: u64) -> Bar {
        self.say_plainly(|| format!("uploading   {label}"));
        self.bar(label, size, "  {msg:40} {bar:24} {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12}")
    }

    /// A file is being processed.
    pub(crate) fn processing(&self, label: &str) -> Bar {
        self.say_plainly(|| format!("processing  {label}"));
        self.bar(label, 100, "  {msg:40} {bar:24.cyan} {pos:>3} %")
    }

    /// A file is done with.
    pub(crate) fn done(&self, line: &str) {
        match &self.bars {
            Some(bars) => {
                bars.all.suspend(|| eprintln!("{line}"));
                bars.total.inc(1);
            }
            None if !self.is_quiet => eprintln!("{line}"),
            None => {}
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

    fn say_plainly(&self, line: impl FnOnce() -> String) {
        if self.bars.is_none() && !self.is_quiet {
            eprintln!("{}", line());
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
    fn a_long_label_keeps_its_end() {
        let short = shortened(&format!("{}/the song.flac", "ö".repeat(80)));
        assert_eq!(short.chars().count(), LABEL_WIDTH);
        assert!(short.starts_with('…') && short.ends_with("/the song.flac"));
    }
}
