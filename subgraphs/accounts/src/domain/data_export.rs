//! Exports of all that is kept about a person, as far as accounts goes.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::data_export::{ExportPart, ExportParts};
use serde_json::{Value, json};

use super::{Account, ApiKey, LinkedIdentity, LoggedEvent, Passkey, Refusal, SecondFactors, Session};

/// How long after an export the next one can be asked for. media gives up an export that is not complete by then, so a person
/// has one under way at a time.
pub const EXPORT_INTERVAL: TimeDelta = TimeDelta::hours(24);

/// Refuses a further export until [`EXPORT_INTERVAL`] after the last one.
pub fn may_export(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Refusal> {
    match last.map(|last| last + EXPORT_INTERVAL) {
        Some(next) if now < next => Err(Refusal::ExportTooSoon(next)),
        _ => Ok(()),
    }
}

/// What accounts keeps about a person beside the account itself.
#[derive(Clone, Debug, Default)]
pub struct PersonalData {
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// The keys of their programs.
    pub api_keys: Vec<ApiKey>,
    /// Their accounts at other providers.
    pub identities: Vec<LinkedIdentity>,
    /// Their passkeys.
    pub passkeys: Vec<Passkey>,
    /// What second factors they have.
    pub second_factors: SecondFactors,
    /// Their security log, the last entry first.
    pub security_log: Vec<LoggedEvent>,
}

impl PersonalData {
    /// What is exported: everything but hashes, secrets and public keys.
    pub fn into_parts(self, account: &Account) -> Vec<ExportPart> {
        let mut cutter = ExportParts::default();
        let mut parts: Vec<_> = cutter.push("account", profile(account, self.second_factors)).into_iter().collect();
        let sessions = self.sessions.iter().map(session);
        let api_keys = self.api_keys.iter().map(api_key);
        let identities = self.identities.iter().map(identity);
        let passkeys = self.passkeys.iter().map(passkey);
        let security_log = self.security_log.iter().map(entry);
        parts.extend(sessions.filter_map(|data| cutter.push("sessions", data)));
        parts.extend(api_keys.filter_map(|data| cutter.push("api_keys", data)));
        parts.extend(identities.filter_map(|data| cutter.push("identities", data)));
        parts.extend(passkeys.filter_map(|data| cutter.push("passkeys", data)));
        parts.extend(security_log.filter_map(|data| cutter.push("security_log", data)));
        parts.push(cutter.finish());
        parts
    }
}

fn profile(account: &Account, second_factors: SecondFactors) -> Value {
    let (user, preferences) = (&account.user, &account.preferences);
    json!({
        "id": user.id,
        "handle": user.handle,
        "displayName": user.display_name,
        "bio": user.bio,
        "avatarUrl": user.avatar_url,
        "pictureId": user.picture,
        "email": account.email.display(),
        "emailVerified": account.email_verified,
        "role": account.role,
        "createdAt": user.created_at,
        "hasPassword": account.password_hash.is_some(),
        "totpEnabledAt": second_factors.totp_enabled_at,
        "unusedRecoveryCodes": second_factors.recovery_codes,
        "preferences": {
            "locale": preferences.locale.as_str(),
            "explicitContent": preferences.explicit_content,
            "streamingQuality": preferences.streaming_quality.as_str(),
            "emailNotifications": preferences.email_notifications,
            "autoplay": preferences.autoplay,
        },
    })
}

fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "deviceName": session.device_name,
        "userAgent": session.user_agent,
        "ipAddress": session.ip_address,
        "createdAt": session.created_at,
        "lastSeenAt": session.last_seen_at,
    })
}

fn api_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes.texts(),
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "lastUsedAt": key.last_used_at,
    })
}

fn identity(identity: &LinkedIdentity) -> Value {
    json!({
        "id": identity.id,
        "provider": identity.provider,
        "email": identity.email,
        "createdAt": identity.created_at,
        "lastUsedAt": identity.last_used_at,
    })
}

fn passkey(passkey: &Passkey) -> Value {
    json!({
        "id": passkey.id,
        "name": passkey.name,
        "backedUp": passkey.is_backed_up(),
        "createdAt": passkey.created_at,
        "lastUsedAt": passkey.last_used_at,
    })
}

fn entry(entry: &LoggedEvent) -> Value {
    let event = &entry.event;
    json!({
        "kind": event.kind.as_str(),
        "at": event.at,
        "count": entry.count,
        "lastAt": entry.last_at,
        "sessionId": event.session,
        "ipAddress": event.ip_address,
        "userAgent": event.user_agent,
        "detail": event.detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_export_waits_for_a_day() {
        let asked = DateTime::from_timestamp(1_800_000_000, 0).expect("a point in time");
        assert_eq!(may_export(None, asked), Ok(()));
        let next = asked + EXPORT_INTERVAL;
        assert_eq!(may_export(Some(asked), next - TimeDelta::seconds(1)), Err(Refusal::ExportTooSoon(next)));
        assert_eq!(may_export(Some(asked), next), Ok(()));
    }
}
