//! The viewer shows themselves by a picture that was uploaded here.

use anyhow::Context;
use polyphony_events::ids::ImageId;
use polyphony_kit::Viewer;

use super::Outcome;
use crate::{
    app::App,
    domain::{Account, Refusal},
    store,
};

/// Sets the picture, or takes it away. Whether there is such a picture is media's to know: one that is not there shows as none.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn set_profile_picture(app: &App, viewer: &Viewer, image: Option<ImageId>) -> Outcome<Account, Refusal> {
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    if account.user.picture == image {
        return Ok(Ok(account));
    }
    account.user.picture = image;
    account.version += 1;
    store::save_profile(&mut tx, &account).await.context("save a picture")?;
    tx.commit().await?;
    Ok(Ok(account))
}
