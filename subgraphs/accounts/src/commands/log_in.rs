//! Somebody signs in with address and password.

use super::{Outcome, SignedIn, open_session::open_session};
use crate::{
    app::App,
    domain::{Client, Email, Refusal},
    store,
};

/// Opens a session for who knows the password of this address. Unknown address and wrong password are answered the same, after
/// the same work.
#[tracing::instrument(skip_all)]
pub async fn log_in(app: &App, email: &str, password: &str, client: Client) -> Outcome<SignedIn> {
    let account = match Email::parse(email) {
        Some(email) => app.store.account_by_email(&email).await?,
        None => None,
    };
    let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let is_right = app.passwords.verify(password, stored).await?;
    let Some(account) = account.filter(|_| is_right) else {
        metrics::counter!("logins_total", "result" => "refused").increment(1);
        return Ok(Err(Refusal::InvalidCredentials));
    };

    let mut tx = app.store.begin().await?;
    // Looked at again under the lock: the password may have been changed while it was checked.
    let checked = account.password_hash;
    let locked = store::lock_account(&mut tx, account.user.id).await?.filter(|now| now.password_hash == checked);
    let Some(account) = locked else { return Ok(Err(Refusal::InvalidCredentials)) };
    if account.suspended {
        return Ok(Err(Refusal::AccountSuspended));
    }
    let signed_in = open_session(app, &mut tx, account, client).await?;
    tx.commit().await?;
    metrics::counter!("logins_total", "result" => "accepted").increment(1);
    Ok(Ok(signed_in))
}
