//! Telling people of a change to the security of their account, as a part of other commands.

use chrono::TimeDelta;
use polyphony_events::accounts::SecurityNotice;
use polyphony_kit::outbox;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{Account, Client, SecurityEvent},
    store,
};

/// How many changes of one kind within an hour the owner is told of by mail: whoever makes and revokes keys in an account that
/// they made with somebody else's address does not fill that mailbox.
const MAX_NOTICES_PER_HOUR: i64 = 10;

/// Adds an entry to the security log and tells the account's owner of it by mail, at `account.email`; both with the transaction.
/// For every change that a thief could make or profit by. An entry with a session that does not say from where it was done
/// gets the address and user agent that the session was last used with.
pub(super) async fn notify_security(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
    event: SecurityEvent,
) -> anyhow::Result<()> {
    let client = match event.session {
        Some(session) => store::client_of_session(tx, session).await?.unwrap_or_default(),
        None => Client::default(),
    };
    let event = SecurityEvent {
        user_agent: event.user_agent.or(client.user_agent),
        ip_address: event.ip_address.or(client.ip_address),
        ..event
    };
    super::note(tx, &event).await?;
    let within_hour =
        store::count_security_events(tx, account.id(), event.kind, event.at - TimeDelta::hours(1)).await?;
    if within_hour > MAX_NOTICES_PER_HOUR {
        return Ok(());
    }
    let notice = SecurityNotice {
        user_id: account.id(),
        email: account.email.to_string(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        kind: event.kind.as_str().to_owned(),
        detail: event.detail,
        session_id: event.session,
        device_name: client.device_name,
        user_agent: event.user_agent,
        ip_address: event.ip_address,
        at: event.at,
    };
    outbox::push(tx, &app.clock, &notice).await?;
    Ok(())
}
