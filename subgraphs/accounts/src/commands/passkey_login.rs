//! Somebody signs in with a passkey alone, or proves themselves with one.

use polyphony_kit::{Result, UserId, Viewer};
use sqlx::{PgConnection, Postgres, Transaction};

use super::{
    Outcome, SignedIn, check_proof::check_passkey, open_session::open_session, register_passkey::BegunCeremony,
};
use crate::{
    app::App,
    domain::{
        Account, CEREMONY_TTL, Ceremony, CeremonyToken, ChallengeToken, Client, Passkey, Refusal, SecurityEvent,
        SecurityEventKind,
    },
    store,
    webauthn::Assertion,
};

/// Begins a sign-in by passkey; the authenticator says whose.
#[tracing::instrument(skip_all)]
pub async fn begin_passkey_login(app: &App) -> Result<BegunCeremony> {
    begin(app, Ceremony::Login, &[]).await
}

/// Begins to prove the viewer by one of their passkeys, for a step-up. An API key is not told which there are.
#[tracing::instrument(skip_all)]
pub async fn begin_passkey_assertion(app: &App, viewer: &Viewer) -> Outcome<BegunCeremony> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    begin_for(app, tx, viewer.user).await
}

async fn begin_for(app: &App, mut tx: Transaction<'static, Postgres>, user: UserId) -> Outcome<BegunCeremony> {
    let allowed = store::passkeys_of(&mut tx, user).await?;
    tx.rollback().await?;
    if allowed.is_empty() {
        return Ok(Err(Refusal::PasskeyNotFound));
    }
    Ok(Ok(begin(app, Ceremony::Assertion(user), &allowed).await?))
}

/// As [`begin_passkey_assertion`], for a second factor of whoever's sign-in waits behind this challenge.
#[tracing::instrument(skip_all)]
pub async fn begin_challenged_assertion(app: &App, challenge: &str) -> Outcome<BegunCeremony> {
    let Some(token) = ChallengeToken::parse(challenge) else { return Ok(Err(Refusal::InvalidToken)) };
    match app.store.challenged_user(&token, app.clock.now()).await? {
        Some(user) => begin_for(app, app.store.begin().await?, user).await,
        None => Ok(Err(Refusal::InvalidToken)),
    }
}

async fn begin(app: &App, ceremony: Ceremony, allowed: &[Passkey]) -> Result<BegunCeremony> {
    let (token, now) = (CeremonyToken::random(), app.clock.now());
    let begun = app.webauthn.begin_assertion(allowed)?;
    let mut tx = app.store.begin().await?;
    store::begin_ceremony(&mut tx, &token, ceremony, &begun.state, now).await?;
    tx.commit().await?;
    Ok(BegunCeremony { token, options: begun.options, expires_at: now + CEREMONY_TTL })
}

/// Opens a session for the owner of the passkey that has signed the ceremony. The authenticator has made sure who holds it, so a
/// passkey is two factors.
#[tracing::instrument(skip_all)]
pub async fn complete_passkey_login(app: &App, ceremony: &str, credential: &str, client: Client) -> Outcome<SignedIn> {
    let mut tx = app.store.begin().await?;
    let account = lock_owner(&mut tx, credential).await?;
    let checked = check_passkey(app, &mut tx, (ceremony, Ceremony::Login), credential, account.as_ref()).await?;
    let refusal = match (checked, account) {
        (Ok(()), Some(account)) if !account.suspended => {
            let signed_in = open_session(app, &mut tx, account, client, SecurityEventKind::SignedIn).await?;
            tx.commit().await?;
            metrics::counter!("logins_total", "result" => "accepted").increment(1);
            return Ok(Ok(signed_in));
        }
        (Ok(()), Some(account)) => (Refusal::AccountSuspended, Some(account.id())),
        (Ok(()), None) => (Refusal::InvalidPasskey, None),
        (Err(refusal), account) => (refusal, account.map(|account| account.id())),
    };
    let (refusal, whose) = refusal;
    let entry = SecurityEvent::new(whose, SecurityEventKind::SignInFailed, app.clock.now()).by(&client);
    super::note(&mut tx, &entry.with_detail("passkey")).await?;
    tx.commit().await?;
    metrics::counter!("logins_total", "result" => "refused").increment(1);
    Ok(Err(refusal))
}

/// The person whose passkey this claims to be, locked before the passkey is looked at: it may be deleted at the same moment.
async fn lock_owner(tx: &mut PgConnection, credential: &str) -> Result<Option<Account>> {
    let Some(assertion) = Assertion::parse(credential) else { return Ok(None) };
    match store::passkey_by_credential(tx, assertion.credential_id()).await? {
        Some(passkey) => Ok(store::lock_account(tx, passkey.user_id).await?),
        None => Ok(None),
    }
}
