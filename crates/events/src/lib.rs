//! The domain events that travel over Kafka, a module per owner, and the ids that subgraphs share.
//!
//! Data is a snapshot of the thing after the change, with a `version` that grows by one, so that a consumer can drop what is
//! older than what it has. Fields may be added (with `#[serde(default)]`); none is ever removed or given another meaning
//! within a topic's version.

pub mod accounts;
pub mod catalog;
pub mod ids;
pub mod media;
pub mod playlists;

pub use ids::{
    AlbumId, ApiKeyId, ArtistId, DeviceId, GenreId, JobId, ListeningSessionId, PlaylistId, PlaylistItemId, SessionId,
    TrackId, UploadId, UserId,
};

/// Declares events of one topic: the struct as written, and its name, topic and key.
macro_rules! events {
    ($topic:literal; $($(#[$doc:meta])* $name:ident keyed by $key:ident { $($body:tt)* })+) => {
        /// The topic of these events.
        pub const TOPIC: &str = $topic;

        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            pub struct $name { $($body)* }

            impl polyphony_kit::Event for $name {
                const TYPE: &'static str = stringify!($name);
                const TOPIC: &'static str = TOPIC;

                fn key(&self) -> String {
                    self.$key.to_string()
                }
            }
        )+
    };
}
pub(crate) use events;
