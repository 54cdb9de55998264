//! What follows a first factor that was right, of whatever kind: a session, or the question for a second factor.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{SignedIn, open_session::open_session};
use crate::{
    app::App,
    domain::{Account, CHALLENGE_TTL, Challenge, ChallengeToken, Client, SecondFactorMethod, SecurityEventKind},
    store,
};

/// What signing in comes to.
pub enum SignIn {
    /// A session.
    Opened(Box<SignedIn>),
    /// A second factor is asked for, with `complete_second_factor`.
    Challenged(SecondFactorChallenge),
}

/// A sign-in that waits for its second factor.
pub struct SecondFactorChallenge {
    /// What it is continued with.
    pub token: ChallengeToken,
    /// What may be given.
    pub methods: Vec<SecondFactorMethod>,
    /// When the sign-in must begin again.
    pub expires_at: DateTime<Utc>,
}

/// Signs in a person, locked by the caller, who has given a first factor: password or provider. Every way in but passkeys, which
/// are two factors, leads through here.
pub(super) async fn sign_in(
    app: &App,
    tx: &mut PgConnection,
    account: Account,
    client: Client,
) -> anyhow::Result<SignIn> {
    if !account.has_second_factor {
        let opened = open_session(app, tx, account, client, SecurityEventKind::SignedIn).await?;
        return Ok(SignIn::Opened(Box::new(opened)));
    }
    let (token, now) = (ChallengeToken::random(), app.clock.now());
    let challenge =
        Challenge { user_id: account.id(), account_version: account.version, device_name: client.device_name };
    store::add_challenge(tx, &token, &challenge, now).await.context("remember a sign-in")?;
    let methods = store::second_factors(tx, account.id()).await.context("find second factors")?.methods();
    metrics::counter!("second_factors_asked_total").increment(1);
    Ok(SignIn::Challenged(SecondFactorChallenge { token, methods, expires_at: now + CHALLENGE_TTL }))
}
