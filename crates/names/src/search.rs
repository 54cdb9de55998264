//! What names are searched by: words, and pairs of characters where words stand without blanks.

use unicode_normalization::UnicodeNormalization;

use crate::{identity, script};

/// PostgreSQL's lexemes have at most 2046 bytes, and nobody types words as long as this.
const MAX_WORD_CHARS: usize = 64;

/// The words of a query or title, folded: runs of letters and digits, apostrophes left out ("don't" is "dont"), initials as one
/// ("R.E.M." is "rem"), signs as they are said ("P!nk" is "pink", "A & B" is "a and b"). Of scripts that write no blanks there
/// are all pairs of neighbours instead ("夜に駆ける" is "夜に", "に駆", "駆け", "ける"), so that any part of a name is found in it.
/// A text that has no letters, such as "!!!", is one word as it stands.
pub fn words(text: &str) -> Vec<String> {
    split(text, false)
}

/// The words of a document: those of [`words`] and the last character of each run of pairs, so that a query of one character
/// finds it (all others are the beginning of a pair).
pub fn index_words(text: &str) -> Vec<String> {
    split(text, true)
}

/// The words as one line, those without blanks left whole: for a search engine that cuts them itself.
pub fn text(text: &str) -> String {
    whole_words(text).join(" ")
}

/// The form of a genre's name in addresses: `Drum & Bass` is `drum-bass`.
pub fn slug(name: &str) -> String {
    let folded = initials_joined(&identity(name).replace('\'', ""));
    let words = letters_and_digits(&folded);
    let slug = if words.is_empty() { folded.replace(' ', "") } else { words.join("-") };
    slug.chars().take(100).collect()
}

fn split(text: &str, is_document: bool) -> Vec<String> {
    let mut words = Vec::new();
    for word in whole_words(text) {
        for run in runs(&word) {
            if run.starts_with(script::is_unspaced) {
                pairs(run, is_document, &mut words);
            } else {
                words.push(shortened(run));
            }
        }
    }
    words
}

fn whole_words(text: &str) -> Vec<String> {
    let folded = initials_joined(&as_said(&as_typed(&identity(text)).replace('\'', "")));
    let words = letters_and_digits(&folded);
    if !words.is_empty() {
        words.into_iter().map(str::to_owned).collect()
    } else if folded.chars().all(|c| script::is_invisible(c) || script::is_mark(c)) {
        Vec::new()
    } else {
        vec![shortened(&folded.replace(' ', ""))]
    }
}

/// Marks stay with their letters: without them Thai and Indic words would fall apart.
fn letters_and_digits(folded: &str) -> Vec<&str> {
    let words = folded.split(|c: char| !c.is_alphanumeric() && !script::is_mark(c));
    words
        .map(|word| word.trim_start_matches(script::is_mark))
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect()
}

/// Letters that keyboards of the language do not tell apart, or people do not when they look for something.
fn as_typed(text: &str) -> String {
    let typed = text.nfd().filter_map(|c| match c {
        '\u{653}'..='\u{655}' => None,
        'ى' | 'ی' => Some('ي'),
        'ک' => Some('ك'),
        'ة' => Some('ه'),
        c => Some(c),
    });
    typed.nfc().map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

/// Signs that stand for letters or words. An ampersand or plus is said between words only, signs for letters inside a word, and
/// a dollar also before and behind letters.
fn as_said(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphabetic());
    let is_word = |c: &char| c.is_alphanumeric();
    let (first, last) = (chars.iter().position(is_word), chars.iter().rposition(is_word));
    let mut said = String::with_capacity(text.len());
    for (at, c) in chars.iter().enumerate() {
        let (before, after) = (is_letter(at.checked_sub(1)), is_letter(Some(at + 1)));
        match c {
            '&' | '+' if first.is_some_and(|first| first < at) && last.is_some_and(|last| last > at) => {
                said.push_str(" and ");
            }
            '!' if before && after => said.push('i'),
            '@' if before && after => said.push('a'),
            '$' if before || after => said.push('s'),
            c => said.push(*c),
        }
    }
    said
}

/// The text without the dots that stand behind single letters.
fn initials_joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut letters = 0;
    for c in text.chars() {
        if c == '.' && letters == 1 {
            letters = 0;
            continue;
        }
        letters = if c.is_alphabetic() {
            letters + 1
        } else if c.is_alphanumeric() {
            2
        } else {
            0
        };
        joined.push(c);
    }
    joined
}

/// The word cut where a script without blanks begins or ends; marks and digits stay with what they follow.
fn runs(word: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut from = 0;
    let mut is_unspaced = None;
    for (at, c) in word.char_indices() {
        if script::is_mark(c) {
            continue;
        }
        let now = script::is_unspaced(c);
        if is_unspaced.is_some_and(|before| before != now) {
            runs.push(&word[from..at]);
            from = at;
        }
        is_unspaced = Some(now);
    }
    runs.push(&word[from..]);
    runs
}

fn pairs(run: &str, is_document: bool, words: &mut Vec<String>) {
    let clusters = script::clusters(run);
    words.extend(clusters.windows(2).map(|pair| shortened(&pair.concat())));
    if let Some(last) = clusters.last().filter(|_| is_document || clusters.len() == 1) {
        words.push(shortened(last));
    }
}

fn shortened(word: &str) -> String {
    word.chars().take(MAX_WORD_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_letters_and_digits_and_a_name_without_any_is_a_word() {
        for (text, expected) in [
            ("Don’t Stop 'til You Get Enough (Live)", &["dont", "stop", "til", "you", "get", "enough", "live"][..]),
            ("R.E.M.", &["rem"]),
            ("B.B. King feat. Dr. Dre, Vol. 1.5", &["bb", "king", "feat", "dr", "dre", "vol", "1", "5"]),
            ("!!!", &["!!!"]),
            ("  ", &[]),
            ("\0", &[]),
            ("\u{200b}\u{301}", &[]),
            ("Ёлка", &["елка"]),
            ("أمل", &["امل"]),
            ("राम", &["राम"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn signs_are_said() {
        for (text, said) in [
            ("Simon & Garfunkel", "simon and garfunkel"),
            ("Simon + Garfunkel", "simon and garfunkel"),
            ("Florence+The Machine", "florence and the machine"),
            ("P!nk", "pink"),
            ("Ke$ha", "kesha"),
            ("A$AP Rocky", "asap rocky"),
            ("Ty Dolla $ign", "ty dolla sign"),
            ("$uicideboy$", "suicideboys"),
            ("Wham!", "wham"),
            ("+", "+"),
            ("$100 Bill", "100 bill"),
            ("A+", "a"),
        ] {
            assert_eq!(super::text(text), said, "{text}");
        }
    }

    #[test]
    fn scripts_without_blanks_are_searched_by_pairs() {
        assert_eq!(words("夜に駆ける"), ["夜に", "に駆", "駆け", "ける"]);
        assert_eq!(index_words("夜に駆ける"), ["夜に", "に駆", "駆け", "ける", "る"]);
        assert_eq!(words("夜"), ["夜"]);
        assert_eq!(words("Perfume ガール2"), ["perfume", "ガー", "ール", "2"]);
        assert_eq!(words("เก่า"), ["เก่", "ก่า"]);
        assert_eq!(words("방탄소년단"), ["방탄", "탄소", "소년", "년단"]);
        assert_eq!(super::text("夜に駆ける P!nk"), "夜に駆ける pink");
    }

    #[test]
    fn genres_have_one_form_in_addresses() {
        for (name, expected) in [
            ("Drum & Bass", "drum-bass"),
            ("Hip Hop", "hip-hop"),
            ("hip-hop", "hip-hop"),
            ("D.I.Y.", "diy"),
            ("J.Pop", "jpop"),
            ("Straßenmusik", "strassenmusik"),
            ("Chœur", "choeur"),
            ("¡", "¡"),
            ("演歌", "演歌"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_part_of_a_name_without_blanks_is_found_in_it(
            name in "[あ-んア-ン一-龥ก-ฮ가-힣]{1,12}",
            (from, to) in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let chars: Vec<char> = name.chars().collect();
            let (from, to) = (from.index(chars.len()), to.index(chars.len()));
            let part: String = chars[from.min(to)..=from.max(to)].iter().collect();
            let document = index_words(&name);
            for word in words(&part) {
                prop_assert!(document.iter().any(|known| known.starts_with(&word)), "{word} of {part} in {document:?}");
            }
        }

        #[test]
        fn slugs_and_words_stay_as_they_are(name in "\\PC{0,40}") {
            let once = slug(&name);
            prop_assert_eq!(slug(&once), once);
        }
    }
}
