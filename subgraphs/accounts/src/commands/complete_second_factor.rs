//! Somebody whose first factor was right gives the second.

use super::{Outcome, SignedIn, check_proof::check_second_factor, open_session::open_session};
use crate::{
    app::App,
    domain::{ChallengeToken, Client, Proof, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Opens the session that the challenge waits for. It is good once, for a few attempts, and only while the account is as it was.
#[tracing::instrument(skip_all)]
pub async fn complete_second_factor(app: &App, challenge: &str, proof: Proof, client: Client) -> Outcome<SignedIn> {
    let Some(token) = ChallengeToken::parse(challenge) else { return Ok(Err(Refusal::InvalidToken)) };
    let Some(challenge) = app.store.try_challenge(&token, app.clock.now()).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let mut tx = app.store.begin().await?;
    let account = store::lock_account(&mut tx, challenge.user_id).await?;
    let Some(account) = account.filter(|account| account.version == challenge.account_version) else {
        return Ok(Err(Refusal::InvalidToken));
    };
    if account.suspended {
        return Ok(Err(Refusal::AccountSuspended));
    }
    let client = Client { device_name: challenge.device_name, ..client };
    if let Err(refusal) = check_second_factor(app, &mut tx, &account, &proof).await? {
        let entry = SecurityEvent::new(account.id(), SecurityEventKind::SecondFactorFailed, app.clock.now());
        super::note(&mut tx, &entry.by(&client)).await?;
        tx.commit().await?;
        metrics::counter!("logins_total", "result" => "refused").increment(1);
        return Ok(Err(refusal));
    }
    // Of two who complete it at once, the second finds it gone.
    if !store::delete_challenge(&mut tx, &token).await? {
        return Ok(Err(Refusal::InvalidToken));
    }
    let signed_in = open_session(app, &mut tx, account, client, SecurityEventKind::SignedIn).await?;
    tx.commit().await?;
    metrics::counter!("logins_total", "result" => "accepted").increment(1);
    Ok(Ok(signed_in))
}
