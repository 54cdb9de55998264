//! What is said about changes to the security of an account, and what to do if it was somebody else.

use chrono::{DateTime, Utc};

use super::{one_line, point_in_time};
use crate::domain::letter::Notice;

pub(super) fn new_device(device: Option<&str>, address: Option<&str>, at: DateTime<Utc>) -> (String, String) {
    let body = format!(
        "somebody, probably you, has signed in to your account on a device that was not used before.\n\n{}\n\n\
         If it was you, you need not do anything. If not, end that session in your list of sessions and choose a new \
         password.",
        circumstances(&[("Device", Some(device.unwrap_or("an unnamed device"))), ("Address", address)], at)
    );
    ("A new device signed in to your account".to_owned(), body)
}

pub(super) fn notice(notice: &Notice) -> (String, String) {
    let what = notice.what.as_str();
    let detail = notice.detail.as_deref().map(one_line).unwrap_or_default();
    let named = if detail.is_empty() { String::new() } else { format!(" \"{detail}\"") };
    let story = by_the_owner(what, &named)
        .or_else(|| second_factor(what, &named))
        .or_else(|| by_an_administrator(what))
        .unwrap_or_else(|| unknown(what));
    let device = notice.device.as_deref();
    let facts = [("Detail", notice.detail.as_deref()), ("Device", device), ("Address", notice.address.as_deref())];
    (story.subject, format!("{}\n\n{}\n\n{}", story.sentence, circumstances(&facts, notice.at), story.advice))
}

struct Story {
    subject: String,
    sentence: String,
    advice: &'static str,
}

impl Story {
    fn new(subject: &str, sentence: impl Into<String>, advice: &'static str) -> Self {
        Self { subject: subject.to_owned(), sentence: sentence.into(), advice }
    }
}

/// What the owner does, or a thief in their name.
fn by_the_owner(what: &str, named: &str) -> Option<Story> {
    Some(match what {
        "PASSWORD_CHANGED" => Story::new(
            "Your password was changed",
            "the password of your account was changed. All other devices were signed out.",
            BREACH,
        ),
        "PASSWORD_RESET" => Story::new(
            "Your password was reset",
            "a new password was chosen for your account, with a code that was sent to this address. All devices were signed \
             out, and API keys that were made before do not work any more.",
            MAILBOX,
        ),
        "API_KEY_CREATED" => Story::new(
            "A new API key was made",
            format!("an API key{named} was made. Programs that have it can use your account."),
            "If it was not you, revoke the key in your list of API keys and choose a new password.",
        ),
        "API_KEY_REVOKED" => Story::new(
            "An API key was revoked",
            format!("the API key{named} was revoked. Programs that have it cannot use your account any more."),
            BREACH,
        ),
        "IDENTITY_LINKED" => Story::new(
            "Another way to sign in was added",
            format!("your account can be signed in to with an account at{named} from now on."),
            "If it was not you, remove that provider from your account and choose a new password.",
        ),
        "IDENTITY_UNLINKED" => Story::new(
            "A way to sign in was removed",
            format!("your account cannot be signed in to with an account at{named} any more."),
            BREACH,
        ),
        "DATA_EXPORT_REQUESTED" => Story::new(
            "A copy of your data was asked for",
            "somebody, probably you, has asked for a copy of everything that is kept about you. Another mail tells when it can be \
             downloaded, by whoever is signed in to your account.",
            BREACH,
        ),
        "EMAIL_CHANGED" => Story::new(
            "The address of your account was changed",
            "the e-mail address of your account was changed. Mail goes to the new address from now on.",
            LOCKED_OUT,
        ),
        _ => return None,
    })
}

/// What is proved beside the password.
fn second_factor(what: &str, named: &str) -> Option<Story> {
    Some(match what {
        "TOTP_ENABLED" => Story::new(
            "One-time codes were turned on",
            "signing in to your account takes a one-time code of your authenticator app from now on.",
            LOCKED_OUT,
        ),
        "TOTP_DISABLED" => Story::new(
            "One-time codes were turned off",
            "signing in to your account takes no one-time code any more.",
            BREACH,
        ),
        "PASSKEY_ADDED" => Story::new(
            "A passkey was added",
            format!("the passkey{named} signs in to your account from now on."),
            "If it was not you, choose a new password at once and remove the passkey; if you cannot sign in any more, tell your \
             administrator.",
        ),
        "PASSKEY_REMOVED" => Story::new(
            "A passkey was removed",
            format!("the passkey{named} does not sign in to your account any more."),
            BREACH,
        ),
        "PASSKEY_CLONED" => Story::new(
            "A passkey was refused",
            format!("the passkey{named} was refused, because somebody may have a copy of it."),
            "Remove the passkey and add a new one, and look through your sessions for those that are not yours.",
        ),
        "RECOVERY_CODE_USED" => Story::new(
            "A recovery code was used",
            "somebody, probably you, has used a recovery code of your account. It cannot be used again.",
            BREACH,
        ),
        "RECOVERY_CODES_REGENERATED" => Story::new(
            "New recovery codes were made",
            "your account has new recovery codes. The old ones cannot be used any more.",
            BREACH,
        ),
        "SECOND_FACTOR_RESET" => Story::new(
            "Your second factors were removed",
            "an administrator has removed one-time codes and passkeys from your account. Its password alone signs in.",
            ADMINISTRATOR,
        ),
        _ => return None,
    })
}

fn by_an_administrator(what: &str) -> Option<Story> {
    Some(match what {
        "ROLE_CHANGED" => Story::new("Your role was changed", "your account was given another role.", ADMINISTRATOR),
        "SUSPENDED" => Story::new(
            "Your account was suspended",
            "an administrator has suspended your account. You cannot sign in until it is reinstated.",
            ADMINISTRATOR,
        ),
        "REINSTATED" => Story::new(
            "Your account was reinstated",
            "an administrator has reinstated your account. You can sign in again.",
            ADMINISTRATOR,
        ),
        _ => return None,
    })
}

/// Whatever the security log calls by a name of its own: `TOKEN_REUSED` is "token reused".
fn unknown(what: &str) -> Story {
    let what = one_line(&what.to_lowercase().replace('_', " "));
    Story::new(
        &format!("The security of your account: {what}"),
        format!("there was a change to the security of your account: {what}."),
        BREACH,
    )
}

const BREACH: &str = "If it was you, you need not do anything. If not, choose a new password, and look through your sessions and \
                      API keys for those that are not yours.";
const LOCKED_OUT: &str =
    "If it was not you, choose a new password at once; if you cannot sign in any more, tell your administrator.";
const MAILBOX: &str =
    "If it was not you, somebody can read your mail: secure your mailbox first, then ask for a new password again.";
const ADMINISTRATOR: &str = "If you did not expect this, ask your administrator.";

fn circumstances(facts: &[(&str, Option<&str>)], at: DateTime<Utc>) -> String {
    let known = facts.iter().filter_map(|(name, text)| Some((name, one_line((*text)?))));
    let lines = known.filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {text}\n"));
    format!("{}When: {}", lines.collect::<String>(), point_in_time(at))
}
