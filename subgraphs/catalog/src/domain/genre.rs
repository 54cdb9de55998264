//! Genres: names that things are filed under.

use super::{Refusal, album::MAX_GENRES, text};
use polyphony_names as names;

/// A genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genre {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// What the id of a genre begins with.
const ID_PREFIX: &str = "gen_";

impl Genre {
    /// Its id: a slug never changes, so it is made of that.
    pub fn id(&self) -> String {
        format!("{ID_PREFIX}{}", self.slug)
    }

    /// The slug in the id of a genre; `None` when it is the id of none.
    pub fn slug_of(id: &str) -> Option<&str> {
        id.strip_prefix(ID_PREFIX).filter(|slug| !slug.is_empty() && !slug.contains('\0'))
    }

    /// A genre of this name; `None` when nothing of the name can stand in an address.
    pub fn named(name: &str) -> Option<Self> {
        let name: String = text::one_line(name).chars().take(100).collect();
        let slug = names::slug(&name);
        (!slug.is_empty()).then_some(Self { slug, name })
    }

    /// Genres of these names, each once, in order; names that are none are left out.
    pub fn list(names: &[String]) -> Vec<Self> {
        let mut genres: Vec<Self> = Vec::with_capacity(names.len());
        for genre in names.iter().filter_map(|name| Self::named(name)) {
            if !genres.iter().any(|known| known.slug == genre.slug) {
                genres.push(genre);
            }
        }
        genres
    }

    /// The genres that a person named.
    pub fn parse(names: Option<&[String]>) -> Result<Option<Vec<Self>>, Refusal> {
        let Some(names) = names else { return Ok(None) };
        let genres = Self::list(names);
        if genres.len() > MAX_GENRES {
            return Err(Refusal::Invalid("genres", format!("at most {MAX_GENRES} genres can be named")));
        }
        Ok(Some(genres))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_genre_are_one_genre() {
        let names = ["Hip-Hop", "hip hop", "R&B", "¡", "Électro"].map(str::to_owned);
        let slugs: Vec<_> = Genre::list(&names).into_iter().map(|genre| genre.slug).collect();
        assert_eq!(slugs, ["hip-hop", "r-b", "¡", "electro"]);
    }
}
