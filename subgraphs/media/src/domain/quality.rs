//! How much a person wants to stream.

use super::text_enum;

text_enum! {
    /// The most that a person wants to stream, as they chose in their preferences.
    Quality {
        /// As little as sounds like music.
        Low = "LOW",
        /// What most people take for good.
        Normal = "NORMAL",
        /// The best that is not lossless.
        High = "HIGH",
        /// The source's own samples.
        Lossless = "LOSSLESS",
    }
}

/// What accounts gives to everybody who has not chosen.
impl Default for Quality {
    fn default() -> Self {
        Self::High
    }
}

impl Quality {
    /// The most kbit/s of a lossy rendition.
    pub fn ceiling_kbps(self) -> i32 {
        match self {
            Self::Low => 96,
            Self::Normal => 192,
            Self::High | Self::Lossless => i32::MAX,
        }
    }
}
