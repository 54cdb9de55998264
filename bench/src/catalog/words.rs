//! Words that look like those of titles and names, and queries made of them, by a seeded chance.

use super::library::Library;

/// A seeded source of numbers: splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number from 0 to below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % n as u64) as usize
    }

    /// A number from 0 to below `n`, small ones far more often (Zipf's law, nearly).
    pub(crate) fn skewed(&mut self, n: usize) -> usize {
        let most = (n as f64).ln();
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((share * most).exp() as usize).saturating_sub(1).min(n - 1)
    }
}

const BEGINNINGS: [&str; 24] = [
    "b", "br", "c", "d", "f", "fl", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "st", "t", "tr", "v", "w",
    "gl", "",
];
const VOWELS: [&str; 12] = ["a", "e", "i", "o", "u", "ea", "ou", "ie", "ö", "é", "y", "å"];
const ENDS: [&str; 12] = ["", "n", "r", "s", "l", "t", "nd", "ck", "m", "ng", "st", ""];

/// So many different words, of one to three syllables.
pub(crate) fn vocabulary(dice: &mut Dice, count: usize) -> Vec<String> {
    let mut words = std::collections::BTreeSet::new();
    while words.len() < count {
        let syllables = 1 + dice.below(3);
        let mut word = String::new();
        for _ in 0..syllables {
            word.push_str(BEGINNINGS[dice.below(BEGINNINGS.len())]);
            word.push_str(VOWELS[dice.below(VOWELS.len())]);
            word.push_str(ENDS[dice.below(ENDS.len())]);
        }
        if word.chars().count() > 2 {
            words.insert(word);
        }
    }
    let mut words: Vec<_> = words.into_iter().collect();
    for at in (1..words.len()).rev() {
        words.swap(at, dice.below(at + 1));
    }
    words
}

/// A title or name of up to `most` words.
pub(crate) fn phrase(dice: &mut Dice, vocabulary: &[String], most: usize) -> String {
    let word = |dice: &mut Dice| {
        let word = &vocabulary[dice.skewed(vocabulary.len())];
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    };
    let count = 1 + dice.below(most);
    (0..count).map(|_| word(dice)).collect::<Vec<_>>().join(" ")
}

/// A title or a name as it stands.
pub(crate) fn exact(library: &Library, dice: &mut Dice) -> String {
    let titles = if dice.below(3) == 0 { &library.artist_names } else { &library.titles };
    titles[dice.below(titles.len())].clone()
}

/// The beginning of a title, as it is being typed.
pub(crate) fn prefix(library: &Library, dice: &mut Dice) -> String {
    let title = exact(library, dice);
    let letters = title.chars().count();
    let typed = (2 + dice.below(letters.max(3))).min(letters);
    title.chars().take(typed).collect()
}

/// A title with a letter left out, doubled, or swapped with its neighbour in its longest word.
pub(crate) fn misspelt(library: &Library, dice: &mut Dice) -> String {
    let title = exact(library, dice);
    let longest = title.split(' ').max_by_key(|word| word.chars().count()).unwrap_or_default();
    let mut letters: Vec<char> = longest.chars().collect();
    if letters.len() < 4 {
        return title;
    }
    let at = 1 + dice.below(letters.len() - 2);
    match dice.below(3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    title.replacen(longest, &letters.into_iter().collect::<String>(), 1)
}

/// An artist's name and the title of a track of theirs.
pub(crate) fn together(library: &Library, dice: &mut Dice) -> String {
    let track = dice.below(library.titles.len());
    format!("{} {}", library.artist_names[library.artist_of[track]], library.titles[track])
}
