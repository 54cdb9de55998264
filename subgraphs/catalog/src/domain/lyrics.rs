//! Lyrics: plain text, or LRC with the time of each line.
//!
//! LRC: `[mm:ss.xx]text`, several times before one text when it repeats, `[offset:±ms]`, other `[tag:value]` lines are about
//! the file. `<mm:ss.xx>` is the time of the words behind it; in a line that repeats, as it is sung at its first time.

use super::{Refusal, text::one_line};

/// The longest lyrics.
pub const MAX_LYRICS: usize = 50_000;

/// How far lyrics can be moved in time, either way, by whoever manages the track. A file may say more.
pub const MAX_OFFSET_MS: i32 = 10_000;

/// The words of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lyrics {
    /// The language, BCP 47.
    pub language: Option<String>,
    /// LRC or plain text, as it was given.
    pub source: String,
}

/// A line of lyrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LyricLine {
    /// When it is sung, from the start of the track.
    pub start_ms: Option<i32>,
    /// Its words.
    pub text: String,
    /// Those, each with its time; empty when the line does not tell.
    pub words: Vec<LyricWord>,
}

/// A word of a line, or several that share a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LyricWord {
    /// When it is sung, from the start of the track.
    pub start_ms: i32,
    /// The word.
    pub text: String,
}

impl Lyrics {
    /// Checks what a person gave; empty text is no lyrics.
    pub fn parse(source: &str, language: Option<&str>) -> Result<Option<Self>, Refusal> {
        if source.chars().count() > MAX_LYRICS {
            return Err(Refusal::Invalid("lrc", format!("lyrics must have at most {MAX_LYRICS} characters")));
        }
        let language = language.map(str::trim).filter(|language| !language.is_empty());
        if language.is_some_and(|tag| tag.len() > 35 || !tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) {
            return Err(Refusal::Invalid("language", "language must be a BCP 47 tag such as en or pt-BR".to_owned()));
        }
        let source = source.replace('\0', "");
        let language = language.map(str::to_owned);
        Ok((!source.trim().is_empty()).then_some(Self { language, source }))
    }

    /// By how many milliseconds the lines are sung earlier than their text says; negative when later.
    pub fn offset_ms(&self) -> i32 {
        self.source.lines().find_map(offset).unwrap_or(0)
    }

    /// The same lyrics with another offset, which stands in their text as in any LRC.
    pub fn moved(&self, offset_ms: i32) -> Result<Self, Refusal> {
        if !(-MAX_OFFSET_MS..=MAX_OFFSET_MS).contains(&offset_ms) {
            let range = format!("offsetMs must be -{MAX_OFFSET_MS} to {MAX_OFFSET_MS}");
            return Err(Refusal::Invalid("offsetMs", range));
        }
        if self.lines().iter().all(|line| line.start_ms.is_none()) {
            return Err(Refusal::Conflict("offsetMs", "the lyrics have no times"));
        }
        let kept = self.source.lines().filter(|line| offset(line).is_none());
        let tag = (offset_ms != 0).then(|| format!("[offset:{offset_ms}]"));
        let lines: Vec<_> = tag.as_deref().into_iter().chain(kept).collect();
        Ok(Self { language: self.language.clone(), source: lines.join("\n") })
    }

    /// The lines, in the order in which they are sung.
    pub fn lines(&self) -> Vec<LyricLine> {
        let offset = self.offset_ms();
        let mut sung: Vec<LyricLine> = Vec::new();
        for line in self.source.lines() {
            let (times, rest) = split_times(line.trim());
            let Some(first) = times.first() else { continue };
            let (text, words) = split_words(rest, *first);
            for ms in &times {
                let by = (ms - first).saturating_sub(offset);
                let later = |start_ms: i32| start_ms.saturating_add(by).max(0);
                let words = words.iter().map(|word| LyricWord { start_ms: later(word.start_ms), ..word.clone() });
                sung.push(LyricLine { start_ms: Some(later(*first)), text: text.clone(), words: words.collect() });
            }
        }
        if sung.is_empty() {
            let plain = |line: &str| LyricLine { start_ms: None, text: line.trim_end().to_owned(), words: Vec::new() };
            return self.source.trim().lines().map(plain).collect();
        }
        sung.sort_by_key(|line| line.start_ms);
        sung
    }
}

fn offset(line: &str) -> Option<i32> {
    let (tag, value) = line.trim().strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
    if !tag.trim().eq_ignore_ascii_case("offset") {
        return None;
    }
    value.trim().parse().ok()
}

/// The times that a line begins with, and the rest of it.
fn split_times(mut line: &str) -> (Vec<i32>, &str) {
    let mut times = Vec::new();
    while let Some((inner, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let Some(ms) = time(inner) else { break };
        times.push(ms);
        line = rest.trim_start();
    }
    (times, line)
}

/// `mm:ss`, `mm:ss.xx` or `mm:ss.xxx` in milliseconds.
fn time(text: &str) -> Option<i32> {
    let (minutes, seconds) = text.split_once(':')?;
    let (seconds, fraction) = seconds.split_once(['.', ':']).unwrap_or((seconds, "0"));
    let number =
        |digits: &str| if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse::<i32>().ok() } else { None };
    let fraction = match fraction.len() {
        1 => number(fraction)? * 100,
        2 => number(fraction)? * 10,
        3 => number(fraction)?,
        _ => return None,
    };
    number(minutes)?.checked_mul(60)?.checked_add(number(seconds)?)?.checked_mul(1000)?.checked_add(fraction)
}

/// The text of a line that begins at `start_ms`, and its words when there are times among them.
fn split_words(line: &str, start_ms: i32) -> (String, Vec<LyricWord>) {
    let (mut text, mut words) = (String::new(), Vec::new());
    let mut word = LyricWord { start_ms, text: String::new() };
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        word.text.push_str(before);
        if let Some((start_ms, tail)) = after.split_once('>').and_then(|(inner, tail)| Some((time(inner)?, tail))) {
            text.push_str(&word.text);
            words.push(std::mem::replace(&mut word, LyricWord { start_ms, text: String::new() }));
            rest = tail;
        } else {
            word.text.push('<');
            rest = after;
        }
    }
    word.text.push_str(rest);
    text.push_str(&word.text);
    if !words.is_empty() {
        words.push(word);
    }
    let words = words.into_iter().map(|word| LyricWord { text: one_line(&word.text), ..word });
    (one_line(&text), words.filter(|word| !word.text.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<(Option<i32>, String)> {
        let lyrics = Lyrics { language: None, source: source.to_owned() };
        lyrics.lines().into_iter().map(|line| (line.start_ms, line.text)).collect()
    }

    #[test]
    fn timed_lines_come_in_the_order_in_which_they_are_sung() {
        let source = "[ar:Röyksopp]\n[offset:500]\n[00:12.50][01:02.500]Refrain\n[00:20]<00:20.10>So <00:20.60>easy";
        let expected = [(Some(12_000), "Refrain"), (Some(19_500), "So easy"), (Some(62_000), "Refrain")];
        assert_eq!(lines(source), expected.map(|(ms, text)| (ms, text.to_owned())));
    }

    #[test]
    fn words_have_times_where_they_stand_among_them() {
        let source = "[offset:-100]\n[00:10][01:10]Oh <00:10.50>so  <00:11>ea<00:11.20>sy<00:12>\n[00:20]2 < 3";
        let lines = Lyrics { language: None, source: source.to_owned() }.lines();
        let words = |line: &LyricLine| -> Vec<_> { line.words.iter().map(|w| (w.start_ms, w.text.clone())).collect() };
        let sung =
            |at: i32| [(0, "Oh"), (500, "so"), (1000, "ea"), (1200, "sy")].map(|(ms, w)| (at + ms, w.to_owned()));
        assert_eq!(
            lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
            ["Oh so easy", "2 < 3", "Oh so easy"]
        );
        assert_eq!(words(&lines[0]), sung(10_100));
        assert_eq!(words(&lines[1]), []);
        assert_eq!((lines[2].start_ms, words(&lines[2])), (Some(70_100), sung(70_100).to_vec()));
    }

    #[test]
    fn an_offset_stands_in_the_text_and_replaces_another() {
        let given = |source: &str| Lyrics { language: Some("nb".to_owned()), source: source.to_owned() };
        let file = given("[ar:X]\n[Offset: +250]\n[00:10]La\n[00:20]Lo");
        assert_eq!(file.offset_ms(), 250);
        let moved = file.moved(-1500).unwrap();
        assert_eq!(moved, given("[offset:-1500]\n[ar:X]\n[00:10]La\n[00:20]Lo"));
        let times: Vec<_> = moved.lines().into_iter().map(|line| line.start_ms).collect();
        assert_eq!(times, [Some(11_500), Some(21_500)]);
        assert_eq!(moved.moved(0), Ok(given("[ar:X]\n[00:10]La\n[00:20]Lo")));
        assert!(file.moved(MAX_OFFSET_MS + 1).is_err());
        assert!(given("La\nLo").moved(100).is_err(), "nothing to move");
    }

    #[test]
    fn text_without_times_is_plain_and_keeps_its_empty_lines() {
        assert_eq!(lines("One\n\n[Chorus]\n2 < 3\n"), ["One", "", "[Chorus]", "2 < 3"].map(|t| (None, t.to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(source in "[\\[\\]<>0-9:.a-z\\n+-]{0,80}") {
            lines(&source);
        }
    }
}
