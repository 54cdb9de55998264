//! What Unicode says of a character, as far as names need it.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, Script},
};

/// The script of a character; Common and Inherited for those of several.
pub(crate) fn of(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// Whether a character is drawn onto the one before it, without a width of its own (Mn and Me).
pub(crate) fn is_nonspacing_mark(c: char) -> bool {
    matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

/// Whether a character shows nothing: joiners, direction marks, variation selectors, control characters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(category(c), GeneralCategory::Format | GeneralCategory::Control) && !c.is_whitespace()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Whether words of the character's script are written without blanks between them, or stick together (Korean): they are
/// searched by pairs of characters.
pub fn is_unspaced(c: char) -> bool {
    let script = of(c);
    // The prolonged sound mark and the iteration marks belong to both kinds of kana.
    matches!(c, 'ー' | '々' | '〆' | 'ゝ' | 'ゞ' | 'ヽ' | 'ヾ' | '\u{3099}' | '\u{309a}')
        || [
            Script::Han,
            Script::Hiragana,
            Script::Katakana,
            Script::Bopomofo,
            Script::Hangul,
            Script::Thai,
            Script::Lao,
            Script::Khmer,
            Script::Myanmar,
        ]
        .contains(&script)
}

/// The text cut into characters with the marks that stand on them, in order.
pub fn clusters(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    for (at, c) in text.char_indices() {
        if at == 0 || !is_mark(c) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// Whether a character belongs to the one before it, with a width of its own or without.
pub fn is_mark(c: char) -> bool {
    is_nonspacing_mark(c) || category(c) == GeneralCategory::SpacingMark
}
