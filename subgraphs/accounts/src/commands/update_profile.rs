//! The viewer changes what everybody sees of them.

use anyhow::Context;
use polyphony_kit::{Viewer, db};

use super::Outcome;
use crate::{
    app::App,
    domain::{Account, AvatarHosts, AvatarUrl, Bio, DisplayName, Handle, Refusal, User},
    store,
};

/// What changes; what is absent stays, and an inner `None` clears.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The name to be found by.
    pub handle: Option<String>,
    /// The name to be called.
    pub display_name: Option<String>,
    /// A few words about themselves.
    pub bio: Option<Option<String>>,
    /// A picture.
    pub avatar_url: Option<Option<String>>,
}

impl ProfileChange {
    /// Writes what is fit into `user`; gives what is not.
    fn apply(self, user: &mut User, hosts: &AvatarHosts) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if let Some(text) = self.handle {
            match Handle::parse(&text) {
                Some(handle) => handle.as_str().clone_into(&mut user.handle),
                None => refusals.push(Refusal::InvalidHandle),
            }
        }
        if let Some(text) = self.display_name {
            match DisplayName::parse(&text) {
                Some(name) => name.as_str().clone_into(&mut user.display_name),
                None => refusals.push(Refusal::InvalidDisplayName),
            }
        }
        if let Some(text) = self.bio {
            match Bio::parse(text.as_deref().unwrap_or_default()) {
                Some(bio) => user.bio = bio.into_text(),
                None => refusals.push(Refusal::InvalidBio),
            }
        }
        if let Some(url) = self.avatar_url {
            let avatar = url.as_deref().map(|url| AvatarUrl::parse(url, hosts).ok_or(Refusal::InvalidAvatar));
            match avatar.transpose() {
                Ok(avatar) => user.avatar_url = avatar.map(AvatarUrl::into_text),
                Err(refusal) => refusals.push(refusal),
            }
        }
        refusals
    }
}

/// Changes the viewer's profile; all that is wrong is told at once.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn update_profile(app: &App, viewer: &Viewer, change: ProfileChange) -> Outcome<Account, Vec<Refusal>> {
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let refusals = change.apply(&mut account.user, &app.avatar_hosts);
    if !refusals.is_empty() {
        return Ok(Err(refusals));
    }
    account.version += 1;
    match store::save_profile(&mut tx, &account).await {
        Err(error) if db::violated(&error) == Some("users_handle_key") => return Ok(Err(vec![Refusal::HandleTaken])),
        saved => saved.context("save a profile")?,
    }
    tx.commit().await?;
    Ok(Ok(account))
}
