//! Somebody comes back from another provider.

use polyphony_kit::{Role, db};
use sqlx::{Connection, PgConnection};

use super::{
    ADMINS_LOCK, Outcome, SignIn,
    admit::admit,
    begin_oidc_login::away,
    claim_account::claim_account,
    register::add_person,
    set_user_role::{RoleGiver, change_role},
    sign_in::sign_in,
};
use crate::{
    app::App,
    domain::{
        Account, Client, Email, Identity, OidcState, OidcVerifier, ProviderPolicy, Refusal, SecurityEvent,
        SecurityEventKind,
    },
    oidc::{Provider, ProviderError},
    store,
};

/// Handles that are tried for somebody new before giving up.
const ATTEMPTS: u32 = 20;

/// What a client comes back with.
#[derive(Clone, Copy)]
pub struct OidcReturn<'a> {
    /// From the URL that the provider sent the browser to.
    pub state: &'a str,
    /// From there too.
    pub code: &'a str,
    /// What only the client that began has.
    pub verifier: Option<&'a str>,
}

/// Signs in who came back: whom the identity is linked with, else, where the provider's word is worth so much, who has its verified
/// address, else somebody new.
#[tracing::instrument(skip_all)]
pub async fn complete_oidc_login(
    app: &App,
    back: OidcReturn<'_>,
    invitation: Option<&str>,
    client: Client,
) -> Outcome<SignIn> {
    let (provider, identity) = match redeem(app, back).await? {
        Ok(redeemed) => redeemed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut tx = app.store.begin().await?;
    let role = provider.policy().role(&identity);
    if role.is_some() {
        db::lock(&mut tx, ADMINS_LOCK).await?;
    }
    let mut account = match find_or_make(app, &mut tx, provider.policy(), &identity, invitation, &client).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if account.suspended {
        return Ok(Err(Refusal::AccountSuspended));
    }
    store::touch_identity(&mut tx, &identity, app.clock.now()).await?;
    if let Some(role) = role
        && change_role(app, &mut tx, &mut account, role, RoleGiver::Provider(&identity.provider)).await?.is_err()
    {
        tracing::warn!("the last admin stays one, whatever the provider's groups say");
    }
    let signed_in = sign_in(app, &mut tx, account, client).await?;
    tx.commit().await?;
    Ok(Ok(signed_in))
}

/// Whom the provider has sent back, if its operator lets them in.
pub(super) async fn redeem<'a>(app: &'a App, back: OidcReturn<'_>) -> Outcome<(&'a Provider, Identity)> {
    let (Some(state), Some(verifier)) = (OidcState::parse(back.state), back.verifier.and_then(OidcVerifier::parse))
    else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let now = app.clock.now();
    let Some(login) = app.store.take_oidc_login(&state, &verifier, now).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let Some(provider) = app.providers.get(&login.provider) else { return Ok(Err(Refusal::UnknownProvider)) };
    let identity = match provider.redeem(&login, back.code, now).await {
        Ok(identity) => identity,
        Err(ProviderError::Refused(error)) => {
            tracing::warn!(error = format!("{error:#}"), "a sign-in at a provider was refused");
            return Ok(Err(Refusal::InvalidToken));
        }
        Err(error) => return Err(away(error)),
    };
    Ok(provider.policy().admit(&identity).map(|()| (provider, identity)))
}

async fn find_or_make(
    app: &App,
    tx: &mut PgConnection,
    policy: &ProviderPolicy,
    identity: &Identity,
    invitation: Option<&str>,
    client: &Client,
) -> polyphony_kit::Result<Result<Account, Refusal>> {
    if let Some(user) = store::identified_user(tx, identity).await? {
        return Ok(store::lock_account(tx, user).await?.ok_or(Refusal::InvalidToken));
    }
    let Some(email) = policy.verified_email(identity) else { return Ok(Err(Refusal::UnverifiedIdentity)) };
    let (account, is_new) = match store::account_by_email(tx, email).await? {
        Some(found) => match store::lock_account(tx, found.id()).await?.filter(|account| account.email == *email) {
            // A provider's word on an address opens no door of an admin, and others only where its operator says so.
            Some(account) if !policy.link_by_email || account.role == Role::Admin => {
                return Ok(Err(Refusal::IdentityNotLinked));
            }
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
