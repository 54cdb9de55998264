//! `EmailChangeRequested`: ask one of the two addresses whether the account may move.

use anyhow::Context;
use polyphony_events::accounts::{EmailChangeRequested, seal_context};
use polyphony_kit::{Envelope, Event, seal::Sealer};
use sqlx::PgConnection;

use crate::{
    domain::{Code, Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope, sealer: &Sealer) -> anyhow::Result<()> {
    let asked: EmailChangeRequested = event.decode()?;
    let context = seal_context(EmailChangeRequested::TYPE, &asked.email);
    let code = Code::receive(sealer, Some(asked.sealed_token), "", &context)?;
    let addressee = Person { email: asked.email, display_name: asked.display_name };
    let letter = Letter::ChangeEmail {
        new_email: asked.new_email,
        is_current: asked.is_current,
        code,
        expires_at: asked.expires_at,
    };
    store::write(tx, event, asked.user_id, Some(&addressee), &letter).await.context("write of a change of address")
}
