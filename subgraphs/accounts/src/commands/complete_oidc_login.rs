//! Somebody comes back from another provider.

use sqlx::{Connection, PgConnection};

use super::{
    Outcome, SignedIn, admit::admit, begin_oidc_login::away, claim_account::claim_account, open_session::open_session,
    register::add_person,
};
use crate::{
    app::App,
    domain::{Account, Client, Email, Identity, OidcState, Refusal, SecurityEvent, SecurityEventKind},
    oidc::ProviderError,
    store,
};

/// Handles that are tried for somebody new before giving up.
const ATTEMPTS: u32 = 20;

/// Signs in who came back with this state and code: whom the identity is linked with, else who has its verified address, else
/// somebody new. The state is good once.
#[tracing::instrument(skip_all)]
pub async fn complete_oidc_login(
    app: &App,
    state: &str,
    code: &str,
    invitation: Option<&str>,
    client: Client,
) -> Outcome<SignedIn> {
    let Some(state) = OidcState::parse(state) else { return Ok(Err(Refusal::InvalidToken)) };
    let Some(login) = app.store.take_oidc_login(&state, app.clock.now()).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let Some(provider) = app.providers.get(&login.provider) else { return Ok(Err(Refusal::UnknownProvider)) };
    let identity = match provider.redeem(&login, code).await {
        Ok(identity) => identity,
        Err(ProviderError::Refused(error)) => {
            tracing::warn!(error = format!("{error:#}"), "a sign-in at a provider was refused");
            return Ok(Err(Refusal::InvalidToken));
        }
        Err(error) => return Err(away(error)),
    };

    let mut tx = app.store.begin().await?;
    let account = match find_or_make(app, &mut tx, &identity, invitation, &client).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if account.suspended {
        return Ok(Err(Refusal::AccountSuspended));
    }
    let signed_in = open_session(app, &mut tx, account, client, SecurityEventKind::SignedIn).await?;
    tx.commit().await?;
    Ok(Ok(signed_in))
}

async fn find_or_make(
    app: &App,
    tx: &mut PgConnection,
    identity: &Identity,
    invitation: Option<&str>,
    client: &Client,
) -> polyphony_kit::Result<Result<Account, Refusal>> {
    if let Some(user) = store::identified_user(tx, identity).await? {
        return Ok(store::lock_account(tx, user).await?.ok_or(Refusal::InvalidToken));
    }
    let Some(email) = &identity.verified_email else { return Ok(Err(Refusal::UnverifiedIdentity)) };
    let (account, is_new) = match app.store.account_by_email(email).await? {
        Some(found) => match store::lock_account(tx, found.id()).await?.filter(|account| account.email == *email) {
            Some(account) => (own(app, tx, account).await?, false),
            None => return Ok(Err(Refusal::InvalidToken)),
        },
        None => match make(app, tx, email, identity, invitation).await? {
            Ok(account) => (account, true),
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    let now = app.clock.now();
    store::link_identity(tx, account.id(), identity, now).await?;
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::IdentityLinked, now).by(client);
    let entry = entry.with_detail(identity.provider.clone());
    // Who is new is welcomed by mail anyway.
    if is_new {
        super::note(tx, &entry).await?;
    } else {
        super::notify_security(app, tx, &account, entry).await?;
    }
    Ok(Ok(account))
}

/// The account becomes that of the address's owner, unless they have shown before that the address is theirs. Whoever made it
/// is not known to be the same person, so their password is worth nothing either.
async fn own(app: &App, tx: &mut PgConnection, mut account: Account) -> polyphony_kit::Result<Account> {
    if account.email_verified || account.suspended {
        return Ok(account);
    }
    account.password_hash = None;
    claim_account(app, tx, &mut account).await?;
    Ok(account)
}

/// Somebody new, with a handle like their address, if they may make an account.
async fn make(
    app: &App,
    tx: &mut PgConnection,
    email: &Email,
    identity: &Identity,
    invitation: Option<&str>,
) -> polyphony_kit::Result<Result<Account, Refusal>> {
    if !email.is_deliverable() {
        return Ok(Err(Refusal::UndeliverableEmail));
    }
    let admitted = match admit(app, tx, invitation, email).await? {
        Ok(admitted) => admitted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for attempt in 0..ATTEMPTS {
        let mut account = Account::of_identity(email, identity.name.as_deref(), attempt, app.clock.now());
        account.role = admitted.role;
        // A handle that is taken must not end the whole transaction.
        let mut attempt = tx.begin().await?;
        match add_person(app, &mut attempt, &account).await? {
            Ok(()) => {
                attempt.commit().await?;
                admitted.tell(app, tx, &account).await?;
                return Ok(Ok(account));
            }
            Err(Refusal::HandleTaken) => attempt.rollback().await?,
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Err(Refusal::HandleTaken))
}
