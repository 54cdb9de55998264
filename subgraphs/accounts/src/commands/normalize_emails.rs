//! Addresses that earlier releases stored are brought into the form in which addresses are compared.

use anyhow::Context;
use polyphony_kit::db;

use crate::{
    domain::Email,
    store::{self, Store},
};

/// Rewrites the addresses that are not in that form; run with the migrations, as SQL knows no Punycode. Where two accounts turn
/// out to have one address, both are left for the operator to decide, with a line in the log.
pub async fn normalize_emails(store: &Store) -> anyhow::Result<()> {
    for stored in store.emails_beyond_ascii().await.context("read addresses")? {
        let Some(email) = Email::parse(&stored.email).filter(|email| email.as_str() != stored.email) else { continue };
        let mut tx = store.begin().await?;
        match store::save_email(&mut tx, stored.id, &email).await {
            Ok(()) => tx.commit().await?,
            Err(error) if db::violated(&error) == Some("users_email_key") => {
                tracing::warn!(user.id = %stored.id, "the address of an account is the same as that of another one");
            }
            Err(error) => return Err(error).context("rewrite an address"),
        }
    }
    Ok(())
}
