//! Events of accounts: people and their sessions.

use polyphony_kit::Role;

use crate::{SessionId, UserId, events};

events! { "accounts.v1";
    /// Somebody has made an account.
    UserRegistered keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where mail for them goes.
        pub email: String,
        /// The name they chose to be found by.
        pub handle: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// The account's version.
        pub version: i64,
    }
    /// A session has ended before its time: logout, revocation, or a refresh token that was used twice.
    SessionRevoked keyed by user_id {
        /// Whose.
        pub user_id: UserId,
        /// Which.
        pub session_id: SessionId,
    }
    /// An admin gave somebody another role.
    UserRoleChanged keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// What they may do from now on.
        pub role: Role,
        /// The account's version.
        pub version: i64,
    }
}
