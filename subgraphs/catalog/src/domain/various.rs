//! What albums by several artists name in place of them.

use polyphony_names as names;

use super::artist::VARIOUS;

/// "Various Artists" in MusicBrainz.
pub const ID: &str = "89ad4ac3-39f7-470e-963a-56509c546377";
/// What albums by several artists name in place of them.
const NAMES: [&str; 24] = [
    VARIOUS,
    "Various",
    "VA",
    "V.A.",
    "V/A",
    "Verschiedene Interpreten",
    "Verschiedene Künstler",
    "Verschiedene",
    "Diverse Interpreten",
    "Diverse",
    "Artistes divers",
    "Artistes variés",
    "Multi-interprètes",
    "Varios artistas",
    "Varios",
    "Vários artistas",
    "Artisti vari",
    "AA.VV.",
    "Diverse artiesten",
    "Różni wykonawcy",
    "Разные исполнители",
    "群星",
    "ヴァリアス・アーティスト",
    "여러 아티스트",
];

/// Whether an artist, by its name as it is matched and its id in MusicBrainz, stands for several.
pub fn is_various(identity: &str, musicbrainz_id: Option<&str>) -> bool {
    musicbrainz_id == Some(ID) || NAMES.iter().any(|name| names::identity(name) == identity)
}
