//! The typed ids of things that more than one subgraph speaks of.

pub use polyphony_kit::id::{SessionId, UserId};
use polyphony_kit::typed_id;

typed_id!(
    /// An API key of a person.
    ApiKeyId,
    "key"
);
typed_id!(
    /// An invitation to make an account.
    InvitationId,
    "inv"
);
typed_id!(
    /// An artist.
    ArtistId,
    "art"
);
typed_id!(
    /// An album.
    AlbumId,
    "alb"
);
typed_id!(
    /// A track.
    TrackId,
    "trk"
);
typed_id!(
    /// A genre.
    GenreId,
    "gen"
);
typed_id!(
    /// A playlist.
    PlaylistId,
    "pls"
);
typed_id!(
    /// One entry of a playlist.
    PlaylistItemId,
    "pli"
);
typed_id!(
    /// A change of the catalog that can be taken back.
    EditId,
    "edt"
);
typed_id!(
    /// A share link of an album, or of tracks.
    ShareId,
    "shr"
);
typed_id!(
    /// The signed-in person as the root of what is theirs alone; the bits are those of their `UserId`.
    ViewerId,
    "vwr"
);
typed_id!(
    /// What a person keeps; the bits are those of their `UserId`.
    LibraryId,
    "lib"
);
typed_id!(
    /// One play in somebody's history.
    PlayId,
    "ply"
);
typed_id!(
    /// An upload.
    UploadId,
    "upl"
);
typed_id!(
    /// A transcoding job.
    JobId,
    "job"
);
typed_id!(
    /// A device that plays.
    DeviceId,
    "dev"
);
typed_id!(
    /// A listening session.
    ListeningSessionId,
    "lss"
);
typed_id!(
    /// What plays for a person or a listening session.
    PlayerId,
    "ply"
);
typed_id!(
    /// An invitation to a playlist.
    PlaylistInvitationId,
    "pin"
);
typed_id!(
    /// A request to play something that playlists answers and media carries out.
    PlayRequestId,
    "prq"
);
typed_id!(
    /// One entry of a queue.
    QueueItemId,
    "qit"
);
typed_id!(
    /// A picture; the bits of a cover that was found in an upload are those of its `UploadId`.
    ImageId,
    "img"
);
