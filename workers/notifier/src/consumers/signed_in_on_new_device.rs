//! `SignedInOnNewDevice`: tell them, should it not have been them.

use anyhow::Context;
use polyphony_events::accounts::SignedInOnNewDevice;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{
    domain::{Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let signed_in: SignedInOnNewDevice = event.decode()?;
    let addressee = Person { email: signed_in.email, display_name: signed_in.display_name };
    let letter = Letter::NewDevice {
        device: signed_in.device_name.or(signed_in.user_agent),
        address: signed_in.ip_address,
        signed_in_at: signed_in.signed_in_at,
    };
    store::write(tx, event, signed_in.user_id, Some(&addressee), &letter).await.context("write of a new device")
}
