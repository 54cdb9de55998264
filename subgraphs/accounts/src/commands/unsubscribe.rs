//! Somebody turns off mail that they did not ask for, without signing in.

use polyphony_events::accounts::UNSUBSCRIBE_CONTEXT;
use polyphony_kit::{UserId, outbox};

use super::{Outcome, update_preferences::preferences_changed};
use crate::{app::App, domain::Refusal, store};

/// Takes the token of a mail of that kind, which is good as long as the secret that it was sealed with. Doing it twice, or for an
/// account that is gone, changes nothing.
#[tracing::instrument(skip_all)]
pub async fn unsubscribe(app: &App, token: &str) -> Outcome<()> {
    let opened = app.sealer.open(token.trim(), UNSUBSCRIBE_CONTEXT);
    let Some(user) = opened.and_then(|id| UserId::parse(&id)) else { return Ok(Err(Refusal::InvalidToken)) };
    let mut tx = app.store.begin().await?;
    let account = store::lock_account(&mut tx, user).await?;
    let Some(mut account) = account.filter(|account| account.preferences.email_notifications) else {
        return Ok(Ok(()));
    };
    account.preferences.email_notifications = false;
    account.version += 1;
    store::save_preferences(&mut tx, &account).await?;
    outbox::push(&mut tx, &app.clock, &preferences_changed(&account)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
