//! The domain events that travel over Kafka, a module per owner, and the ids that subgraphs share.
//!
//! Data is a snapshot of the thing after the change, with a `version` that grows by one, so that a consumer can drop what is
//! older than what it has. Fields may be added (with `#[serde(default)]`); none is ever removed or given another meaning
//! within a topic's version.

pub mod accounts;
#[cfg(test)]
mod asyncapi;
pub mod catalog;
pub mod context;
pub mod data_export;
pub mod ids;
pub mod media;
pub mod playlists;

pub use context::PlayContext;
pub use data_export::DataExportId;
pub use ids::{
    AlbumId, ApiKeyId, ArtistId, DeviceId, EditId, GenreId, InvitationId, JobId, LibraryId, ListeningSessionId, PlayId,
    PlayRequestId, PlayerId, PlaylistId, PlaylistInvitationId, PlaylistItemId, QueueItemId, SessionId, ShareId,
    TrackId, UploadId, UserId, ViewerId,
};

/// What an event looks like to those who hear it; `schema/events.asyncapi.yaml` is made of these.
pub struct Described {
    /// The event's name.
    pub kind: &'static str,
    /// Its topic.
    pub topic: &'static str,
    /// The field that is its key.
    pub key: &'static str,
    /// The JSON schema of its data, which registers the schemas that it refers to.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

/// Every event of every owner.
pub fn all() -> Vec<Described> {
    [accounts::events(), catalog::events(), media::events(), playlists::events()].into_iter().flatten().collect()
}

/// Declares the events of one topic: each struct as written, with its name, topic and key, and the list of them.
macro_rules! events {
    ($topic:literal; $($(#[$doc:meta])* $name:ident keyed by $key:ident { $($body:tt)* })+) => {
        /// The topic of these events.
        pub const TOPIC: &str = $topic;

        /// What these events look like to those who hear them.
        pub fn events() -> Vec<$crate::Described> {
            vec![$($crate::Described {
                kind: stringify!($name),
                topic: TOPIC,
                key: stringify!($key),
                schema: <$name as schemars::JsonSchema>::json_schema,
            }),+]
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
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
