//! Somebody signs in with address and password.

use super::{Outcome, SignIn, sign_in::sign_in};
use crate::{
    app::App,
    domain::{Client, Email, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Opens a session for who knows the password of this address, or asks for their second factor. Unknown address and wrong
/// password are answered the same, after the same work.
#[tracing::instrument(skip_all)]
pub async fn log_in(app: &App, email: &str, password: &str, client: Client) -> Outcome<SignIn> {
    let account = match Email::parse(email) {
        Some(email) => app.store.account_by_email(&email).await?,
        None => None,
    };
    let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let check = app.passwords.check(password, stored).await?;
    let mut tx = app.store.begin().await?;
    let Some(account) = account.as_ref().filter(|_| check.is_right) else {
        // Noted for unknown addresses too, so that the answer takes as long.
        let whose = account.map(|account| account.id());
        super::note(&mut tx, &SecurityEvent::new(whose, SecurityEventKind::SignInFailed, app.clock.now()).by(&client))
            .await?;
        tx.commit().await?;
        metrics::counter!("logins_total", "result" => "refused").increment(1);
        return Ok(Err(Refusal::InvalidCredentials));
    };
    // Looked at again under the lock: the password may have been changed while it was checked.
    let locked = store::lock_account(&mut tx, account.id()).await?;
    let locked = locked.filter(|now| now.password_hash == account.password_hash);
    let Some(mut account) = locked else { return Ok(Err(Refusal::InvalidCredentials)) };
    if account.suspended {
        let entry = SecurityEvent::new(account.id(), SecurityEventKind::SignInFailed, app.clock.now());
        super::note(&mut tx, &entry.by(&client).with_detail("suspended")).await?;
        tx.commit().await?;
        return Ok(Err(Refusal::AccountSuspended));
    }
    if let Some(hash) = check.renewed {
        account.password_hash = Some(hash);
        store::save_password(&mut tx, &account).await?;
    }
    let signed_in = sign_in(app, &mut tx, account, client).await?;
    tx.commit().await?;
    if matches!(signed_in, SignIn::Opened(_)) {
        metrics::counter!("logins_total", "result" => "accepted").increment(1);
    }
    Ok(Ok(signed_in))
}
