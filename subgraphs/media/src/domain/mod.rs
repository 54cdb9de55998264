//! The nouns of media and their rules: pure, without a database, without GraphQL, without waiting.

pub mod chapter;
pub mod cut;
pub mod data_export;
pub mod device;
pub mod drift;
pub mod encoding;
pub mod image;
pub mod intent;
pub mod inventory;
pub mod job;
pub mod keys;
pub mod library_folder;
pub mod listening_session;
pub mod mp3;
pub mod original;
pub mod plan;
pub mod play;
pub mod player;
pub mod private_session;
pub mod quality;
pub mod refusal;
pub mod signature;
pub mod track;
pub mod upload;
pub mod waveform;

/// An enum that is kept as text: `as_str` and `parse` with the names that the database and the API use.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// The written form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the written form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use text_enum;
