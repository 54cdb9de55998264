//! When two spellings are one name.

use icu_properties::props::Script;
use unicode_normalization::UnicodeNormalization;

use crate::script;

/// What a name is matched by: without regard to case, width, ligatures, invisible characters, the kind of apostrophes, quotes
/// and hyphens, and blanks. Accents of Latin and Greek letters and the points of Hebrew and Arabic are left out; marks of all
/// other scripts make other letters and stay: ハ is not バ, и is not й, राम is not रम.
///
/// A name that has nothing but what is left out is matched by itself, without control characters. The same of the result is the result.
pub fn identity(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut base = Script::Common;
    for c in name.chars().map(plain).nfkd().map(plain) {
        if script::is_nonspacing_mark(c) {
            if is_kept(c, base) {
                folded.push(c);
            }
        } else if c != TATWEEL && !script::is_invisible(c) {
            base = script::of(c);
            fold_case(c, &mut folded);
        }
    }
    let composed: String = folded.nfc().collect();
    let line = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { name.trim().replace(char::is_control, "") } else { line }
}

/// Stretches Arabic words and says nothing.
const TATWEEL: char = '\u{640}';

/// Whether a mark makes another letter of the one that it stands on.
fn is_kept(mark: char, base: Script) -> bool {
    match mark {
        // Variation selectors and the grapheme joiner.
        _ if script::is_invisible(mark) => false,
        // The marks of voicing in kana, and madda and hamza, which are no points; none has a script of its own.
        '\u{3099}' | '\u{309a}' | '\u{653}'..='\u{655}' => true,
        // Vowel signs, sukun and shadda have none either.
        '\u{64b}'..='\u{65f}' | '\u{670}' => false,
        _ => match script::of(mark) {
            Script::Hebrew | Script::Arabic => false,
            Script::Inherited | Script::Latin | Script::Greek => {
                !(base == Script::Latin || base == Script::Greek || base == Script::Common)
            }
            _ => true,
        },
    }
}

/// What keyboards write for what typesetters write.
fn plain(c: char) -> char {
    match c {
        '\''
        | '`'
        | '´'
        | '‘'..='‛'
        | '′'
        | '‵'
        | '‹'
        | '›'
        | 'ʹ'
        | 'ʻ'..='ʽ'
        | 'ˈ'
        | 'ꞌ'
        | '՚'
        | '׳'
        | '＇'
        | '｀' => '\'',
        '"' | '“'..='‟' | '″' | '‶' | '«' | '»' | '〝'..='〟' | '״' | '＂' => '"',
        '‐'..='―' | '⁃' | '−' | '﹘' | '﹣' | '－' => '-',
        '⁄' | '∕' => '/',
        '〜' => '~',
        '•' | '‧' | '∙' | '⋅' => '·',
        // The marks of voicing as characters that stand alone.
        '\u{309b}' => '\u{3099}',
        '\u{309c}' => '\u{309a}',
        c => c,
    }
}

fn fold_case(c: char, folded: &mut String) {
    // By way of upper case, so that ß is ss and both lower-case sigmas are one.
    for c in c.to_uppercase().flat_map(char::to_lowercase) {
        match c {
            // Letters that Unicode does not decompose and people write without the stroke, or as two.
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            // The capital is upper case already.
            'ß' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            c => folded.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        for spellings in [
            &["Röyksopp", "ROYKSOPP", "Ro\u{308}yksopp", "  röyksopp ", "Ｒöyksopp", "Røyksopp", "Röyk\u{200b}sopp"][..],
            &["Guns N' Roses", "Guns N’ Roses", "Guns N´ Roses", "Guns N` Roses", "Guns N＇ Roses", "GUNS N′ ROSES"],
            &["Kamakawiwo'ole", "Kamakawiwoʻole", "Kamakawiwoʼole"],
            &["Straße", "STRASSE", "strasse", "STRAẞE"],
            &["Jay-Z", "Jay‐Z", "Jay–Z", "JAY−Z"],
            &["ﬁne", "fine"],
            &["ガール", "ｶﾞｰﾙ", "カ\u{3099}ール", "カ゛ール"],
            &["Οδυσσεύς", "ΟΔΥΣΣΕΥΣ"],
            &["שָׁלוֹם", "שלום"],
            &["مُحَمَّد", "محمد", "محـــمد"],
            &["İstanbul", "istanbul"],
            &["밤", "밤"],
            &["Café\u{a0} del  Mar", "cafe del mar"],
            &["“Heroes”", "\"Heroes\"", "«Heroes»"],
        ] {
            let all: Vec<String> = spellings.iter().map(|name| identity(name)).collect();
            assert!(all.iter().all(|name| *name == all[0]), "{spellings:?} {all:?}");
        }
    }

    #[test]
    fn names_that_differ_in_a_letter_stay_apart() {
        for names in [
            &["ハナ", "バナ", "パナ"][..],
            &["か", "が"],
            &["ウ", "ヴ"],
            &["スピッツ", "スヒッツ"],
            &["राम", "रम", "रमा", "रुम"],
            &["किशोर कुमार", "कशर कमर"],
            &["เก่า", "เก้า", "เกา"],
            &["เสือ", "เสื้อ"],
            &["தமிழ்", "தமிழ", "தமழ"],
            &["ကာ", "ကိ"],
            &["밤", "방"],
            &["Бой", "Бои"],
            &["Ёлка", "Елка"],
            &["Їжа", "Іжа"],
            &["ქართი", "ქართა"],
            &["أمل", "امل"],
            &["বাংলা", "বাংল"],
            &["!!!", "!!"],
            &["\u{200b}", "\u{200c}"],
        ] {
            for (at, one) in names.iter().enumerate() {
                for other in &names[at + 1..] {
                    assert_ne!(identity(one), identity(other), "{one} {other}");
                }
            }
        }
    }

    /// Letters of scripts whose marks make letters: each range is of one script, assigned characters only.
    const LETTERS: [(char, char); 12] = [
        ('あ', 'ん'),
        ('ア', 'ン'),
        ('а', 'я'),
        ('अ', 'ह'),
        ('ก', 'ฮ'),
        ('অ', 'ঌ'),
        ('அ', 'ஊ'),
        ('가', '힣'),
        ('一', '鿋'),
        ('א', 'ת'),
        ('ا', 'غ'),
        ('က', 'အ'),
    ];

    fn two_words() -> impl Strategy<Value = (String, String)> {
        let script = prop::sample::select(LETTERS.to_vec());
        script.prop_flat_map(|(first, last)| {
            let letter = prop::char::range(first, last);
            (prop::collection::vec(letter.clone(), 1..6), letter, any::<prop::sample::Index>()).prop_map(
                |(word, letter, at)| {
                    let mut other = word.clone();
                    other[at.index(word.len())] = letter;
                    (word.into_iter().collect(), other.into_iter().collect())
                },
            )
        })
    }

    proptest! {
        #[test]
        fn the_identity_of_an_identity_is_itself(name in "\\PC{0,40}") {
            let once = identity(&name);
            prop_assert_eq!(identity(&once), once);
        }

        #[test]
        fn two_names_of_one_script_that_differ_in_a_letter_are_two((one, other) in two_words()) {
            prop_assert_eq!(identity(&one) == identity(&other), one == other);
        }
    }
}
