//! What accounts does: one write per file. A command takes a transaction, looks whether it may, applies the rule, writes the
//! change and its events, and commits.

mod create_admin;
mod log_in;
mod log_out;
mod open_session;
mod refresh_tokens;
mod register;
mod revoke_session;
mod set_user_role;
mod update_preferences;
mod update_profile;

use polyphony_kit::{Error, Viewer};
use sqlx::PgConnection;

pub use create_admin::{NewAdmin, create_admin};
pub use log_in::log_in;
pub use log_out::{Reach, log_out};
pub use open_session::SignedIn;
pub use refresh_tokens::refresh_tokens;
pub use register::register;
pub use revoke_session::revoke_session;
pub use set_user_role::set_user_role;
pub use update_preferences::{PreferencesChange, update_preferences};
pub use update_profile::{ProfileChange, update_profile};

use crate::{
    domain::{Account, Refusal},
    store,
};

/// What a command comes to: done, refused for a reason that the user can put right, or failed.
pub type Outcome<T, R = Refusal> = polyphony_kit::Result<Result<T, R>>;

/// The account of the viewer, held until the transaction ends. UNAUTHENTICATED when the session has ended or the person is
/// kept out, though the token still looks good.
async fn lock_viewer(tx: &mut PgConnection, viewer: &Viewer) -> polyphony_kit::Result<Account> {
    let account = store::lock_account(tx, viewer.user).await?.filter(|account| !account.suspended);
    let account = account.ok_or_else(Error::unauthenticated)?;
    if store::live_session(tx, viewer.user, viewer.session).await? {
        Ok(account)
    } else {
        Err(Error::unauthenticated())
    }
}

/// The account of a viewer who is an admin still, whatever their token says.
async fn lock_admin(tx: &mut PgConnection, viewer: &Viewer) -> polyphony_kit::Result<()> {
    let account = lock_viewer(tx, viewer).await?;
    Viewer { role: account.role, ..viewer.clone() }.require(polyphony_kit::Role::Admin)
}
