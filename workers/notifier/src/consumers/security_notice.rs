//! `SecurityNotice`: tell them what has changed, should it not have been them. Whether they want news does not matter here.

use anyhow::Context;
use polyphony_events::accounts::SecurityNotice;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{
    domain::{Letter, Notice, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let notice: SecurityNotice = event.decode()?;
    let addressee = Person { email: notice.email, display_name: notice.display_name };
    let letter = Letter::Security(Notice {
        what: notice.kind,
        detail: notice.detail,
        device: notice.device_name.or(notice.user_agent),
        address: notice.ip_address,
        at: notice.at,
    });
    store::write(tx, event, notice.user_id, Some(&addressee), &letter).await.context("write a security notice")
}
