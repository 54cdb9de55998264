//! Folding: rules find "Röyksopp" however it is typed. Facts and rules are folded alike, so only equality matters here.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Decomposed, lower case, without diacritics, one blank between words.
pub fn fold(text: &str) -> String {
    let is_kept = |c: &char| !is_combining_mark(*c) && (!c.is_control() || c.is_whitespace());
    // Marks are left out again at the end: lower-casing may bring some ("İ").
    let letters = text.nfkd().flat_map(char::to_lowercase).filter(is_kept).map(plain);
    letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters with strokes are letters of their own to Unicode; people leave the stroke out.
fn plain(c: char) -> char {
    match c {
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        '’' | '‘' => '\'',
        c => c,
    }
}

/// A genre by its name or its slug: `Hip Hop` and `hip-hop` are one.
pub fn slug(text: &str) -> String {
    let folded = fold(text).replace('\'', "");
    let words: Vec<_> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { folded } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_diacritics_and_spaces_make_no_difference() {
        for text in ["Röyksopp", "ROYKSOPP ", "Ro\u{308}yksopp", "røyksopp"] {
            assert_eq!(fold(text), "royksopp", "{text}");
        }
        assert_eq!(fold(" Mary\tJane "), "mary jane");
        assert_eq!(fold("İ"), "i");
    }

    #[test]
    fn a_genre_is_known_by_name_and_slug() {
        for text in ["Hip Hop", "hip-hop", "HIP  hop"] {
            assert_eq!(slug(text), "hip-hop", "{text}");
        }
        assert_eq!(slug("¡"), "¡");
    }
}
