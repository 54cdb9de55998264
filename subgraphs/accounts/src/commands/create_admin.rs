//! Whoever runs the platform makes an admin. Not to be had over the API.

use anyhow::bail;
use polyphony_events::accounts::UserRoleChanged;
use polyphony_kit::{Role, outbox};

use super::register::add_person;
use crate::{
    app::App,
    domain::{Email, Handle, Refusal, RegistrationForm},
};

/// The admin to make.
pub struct NewAdmin<'a> {
    /// E-mail address; it counts as verified.
    pub email: &'a str,
    /// Password; the same rules as for everybody.
    pub password: &'a str,
    /// Name to be found by; made from the address when absent.
    pub handle: Option<&'a str>,
}

/// Makes an admin; gives whether it did. An address that has an account already is left as it is, whatever its role: who
/// registered it first may not be whom the operator means.
pub async fn create_admin(app: &App, new: &NewAdmin<'_>) -> anyhow::Result<bool> {
    let email = Email::choose(new.email)?;
    let made_up = Handle::like(&email).as_str().to_owned();
    for attempt in 0..20 {
        let handle = match new.handle {
            Some(handle) => handle.to_owned(),
            None if attempt == 0 => made_up.clone(),
            None => format!("{made_up}{attempt}"),
        };
        let form =
            RegistrationForm { email: email.as_str(), password: new.password, handle: &handle, display_name: "Admin" };
        let registration = form.parse().map_err(|refusals| anyhow::anyhow!("{}", list(&refusals)))?;
        let hash = app.passwords.hash(&registration.password).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut account = registration.into_account(Role::Admin, hash, app.clock.now());
        account.email_verified = true;

        let mut tx = app.store.begin().await?;
        match add_person(app, &mut tx, &account).await? {
            Ok(()) => {
                // Other services learn who is an admin from this event alone.
                let event = UserRoleChanged { user_id: account.id(), role: Role::Admin, version: account.version };
                outbox::push(&mut tx, &app.clock, &event).await?;
                tx.commit().await?;
                return Ok(true);
            }
            Err(Refusal::EmailTaken) => return Ok(false),
            Err(Refusal::HandleTaken) if new.handle.is_none() => {}
            Err(refusal) => bail!("{refusal}"),
        }
    }
    bail!("no handle like {made_up} is free, give one with --handle")
}

fn list(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
