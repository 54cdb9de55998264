//! The viewer says how they like it.

use polyphony_events::accounts::UserPreferencesChanged;
use polyphony_kit::{Viewer, outbox};

use super::Outcome;
use crate::{
    app::App,
    domain::{Account, Locale, Refusal, StreamingQuality},
    store,
};

/// What changes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct PreferencesChange {
    /// The language of mails and messages.
    pub locale: Option<String>,
    /// Whether explicit tracks are shown.
    pub explicit_content: Option<bool>,
    /// The best quality to stream in.
    pub streaming_quality: Option<StreamingQuality>,
    /// Whether mail may be sent that they did not ask for.
    pub email_notifications: Option<bool>,
    /// Whether similar music goes on when the queue ends.
    pub autoplay: Option<bool>,
}

/// Changes the viewer's preferences.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn update_preferences(app: &App, viewer: &Viewer, change: PreferencesChange) -> Outcome<Account> {
    let locale = match change.locale.as_deref().map(Locale::parse) {
        Some(None) => return Ok(Err(Refusal::InvalidLocale)),
        Some(locale) => locale,
        None => None,
    };
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let preferences = &mut account.preferences;
    preferences.locale = locale.unwrap_or_else(|| preferences.locale.clone());
    preferences.explicit_content = change.explicit_content.unwrap_or(preferences.explicit_content);
    preferences.streaming_quality = change.streaming_quality.unwrap_or(preferences.streaming_quality);
    preferences.email_notifications = change.email_notifications.unwrap_or(preferences.email_notifications);
    preferences.autoplay = change.autoplay.unwrap_or(preferences.autoplay);
    account.version += 1;
    store::save_preferences(&mut tx, &account).await?;
    outbox::push(&mut tx, &app.clock, &preferences_changed(&account)).await?;
    tx.commit().await?;
    Ok(Ok(account))
}

/// What others hear of a person's preferences.
pub(super) fn preferences_changed(account: &Account) -> UserPreferencesChanged {
    let preferences = &account.preferences;
    UserPreferencesChanged {
        user_id: account.id(),
        locale: preferences.locale.as_str().to_owned(),
        explicit_content: preferences.explicit_content,
        streaming_quality: preferences.streaming_quality.as_str().to_owned(),
        email_notifications: preferences.email_notifications,
        autoplay: preferences.autoplay,
        version: account.version,
    }
}
