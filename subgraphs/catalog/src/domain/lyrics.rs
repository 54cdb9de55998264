//! Lyrics: plain text, or LRC with the time of each line.
//!
//! LRC: `[mm:ss.xx]text`, several times before one text when it repeats, `[offset:±ms]`, other `[tag:value]` lines are about
//! the file. Times of single words (`<mm:ss.xx>`) stay in the source and are left out of the text.

use super::Refusal;

/// The longest lyrics.
pub const MAX_LYRICS: usize = 50_000;

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

    /// The lines, in the order in which they are sung.
    pub fn lines(&self) -> Vec<LyricLine> {
        let offset = self.source.lines().find_map(offset).unwrap_or(0);
        let mut sung: Vec<LyricLine> = Vec::new();
        for line in self.source.lines() {
            let (times, text) = split_times(line.trim());
            let text = without_word_times(text);
            sung.extend(
                times.into_iter().map(|ms| LyricLine { start_ms: Some((ms - offset).max(0)), text: text.clone() }),
            );
        }
        if sung.is_empty() {
            let plain = |line: &str| LyricLine { start_ms: None, text: line.trim_end().to_owned() };
            return self.source.trim().lines().map(plain).collect();
        }
        sung.sort_by_key(|line| line.start_ms);
        sung
    }
}

fn offset(line: &str) -> Option<i32> {
    line.trim().strip_prefix("[offset:")?.strip_suffix(']')?.trim().parse().ok()
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

fn without_word_times(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        match after.split_once('>') {
            Some((inner, tail)) if time(inner).is_some() => rest = tail,
            _ => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
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
