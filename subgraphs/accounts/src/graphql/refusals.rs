//! How refusals are told to clients.

use crate::domain::Refusal;

polyphony_kit::user_errors! {
    /// There is no such thing, or the viewer may not see it.
    NotFound,
    /// The viewer may not do this.
    NotAllowed,
    /// An answer breaks its rule.
    InvalidInput,
    /// Somebody else has this address.
    EmailTaken,
    /// Somebody else has this handle.
    HandleTaken,
    /// The password is too easy to guess.
    WeakPassword,
    /// Unknown address or wrong password.
    InvalidCredentials,
    /// The token is none of ours, too old, or its session is over.
    InvalidToken,
    /// The refresh token was used before; its session has been ended.
    TokenReused,
    /// An admin keeps this person out.
    AccountSuspended,
    /// There may not be more of these.
    QuotaExceeded,
    /// A mail of this kind was sent, or an export begun, a moment ago; the message says when the next can be asked for.
    TooSoon,
    /// Nobody may make an account at this server.
    RegistrationClosed,
    /// The invitation is missing where one is needed, not valid (any more), or for another address.
    InvalidInvitation,
    /// The session has not proved within the last 10 minutes who is behind it: call `stepUp`, then send the mutation again.
    StepUpRequired,
    /// The account has a second factor: a password is not enough.
    SecondFactorRequired,
    /// The one-time code or recovery code is wrong, too old, or was used before.
    InvalidCode,
    /// The idempotency key came with other input before.
    IdempotencyKeyReused,
    /// Too many wrong codes; no code is looked at for up to 15 minutes. Passkeys and recovery codes still are.
    TooManyAttempts,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        use UserErrorCode as Code;
        let (code, path): (_, &[&str]) = match refusal {
            Refusal::InvalidEmail | Refusal::UndeliverableEmail => (Code::InvalidInput, &["input", "email"]),
            Refusal::InvalidHandle => (Code::InvalidInput, &["input", "handle"]),
            Refusal::InvalidDisplayName => (Code::InvalidInput, &["input", "displayName"]),
            Refusal::InvalidBio => (Code::InvalidInput, &["input", "bio"]),
            Refusal::InvalidAvatar => (Code::InvalidInput, &["input", "avatarUrl"]),
            Refusal::InvalidDeviceName => (Code::InvalidInput, &["input", "deviceName"]),
            Refusal::InvalidLocale => (Code::InvalidInput, &["input", "locale"]),
            Refusal::WeakPassword(_) => (Code::WeakPassword, &["input", "password"]),
            Refusal::SameEmail => (Code::InvalidInput, &["newEmail"]),
            Refusal::RegistrationClosed => (Code::RegistrationClosed, &[]),
            Refusal::InvitationNeeded | Refusal::InvalidInvitation => {
                (Code::InvalidInvitation, &["input", "invitation"])
            }
            Refusal::AdminInvitation => (Code::NotAllowed, &["input", "role"]),
            Refusal::InvalidNote => (Code::InvalidInput, &["input", "note"]),
            Refusal::InvalidMaxUses => (Code::InvalidInput, &["input", "maxUses"]),
            Refusal::InvalidExpiry => (Code::InvalidInput, &["input", "expiresInDays"]),
            Refusal::EmailTaken => (Code::EmailTaken, &["input", "email"]),
            Refusal::HandleTaken => (Code::HandleTaken, &["input", "handle"]),
            Refusal::InvalidCredentials | Refusal::InvalidPasskey => (Code::InvalidCredentials, &[]),
            Refusal::MailTooSoon(_) | Refusal::ExportTooSoon(_) => (Code::TooSoon, &[]),
            Refusal::KeyReused => (Code::IdempotencyKeyReused, &["idempotencyKey"]),
            Refusal::InvalidToken => (Code::InvalidToken, &[]),
            Refusal::TokenReused => (Code::TokenReused, &[]),
            Refusal::AccountSuspended => (Code::AccountSuspended, &[]),
            Refusal::UserNotFound | Refusal::NoEmailChange => (Code::NotFound, &["userId"]),
            Refusal::ImageNotFound => (Code::NotFound, &["imageId"]),
            Refusal::SessionNotFound => (Code::NotFound, &["sessionId"]),
            Refusal::InvalidKeyName | Refusal::InvalidPasskeyName => (Code::InvalidInput, &["name"]),
            Refusal::InvalidKeyLife => (Code::InvalidInput, &["expiresInDays"]),
            Refusal::UnknownScope => (Code::InvalidInput, &["scopes"]),
            Refusal::ScopeNotAllowed => (Code::NotAllowed, &["scopes"]),
            Refusal::TooManyKeys | Refusal::TooManyPasskeys => (Code::QuotaExceeded, &[]),
            Refusal::KeyNotFound
            | Refusal::InvitationNotFound
            | Refusal::IdentityNotFound
            | Refusal::PasskeyNotFound => (Code::NotFound, &["id"]),
            Refusal::UnknownProvider => (Code::NotFound, &["provider"]),
            Refusal::InvalidRedirect => (Code::InvalidInput, &["redirectUri"]),
            Refusal::IdentityNotLinked => (Code::EmailTaken, &[]),
            Refusal::UnverifiedIdentity
            | Refusal::IdentityNotAdmitted
            | Refusal::IdentityTaken
            | Refusal::LastWayIn
            | Refusal::LastSecondFactor
            | Refusal::LastAdmin => (Code::NotAllowed, &[]),
            Refusal::StepUpRequired => (Code::StepUpRequired, &[]),
            Refusal::SecondFactorRequired => (Code::SecondFactorRequired, &[]),
            Refusal::OneProofOnly => (Code::InvalidInput, &["input"]),
            Refusal::InvalidCode => (Code::InvalidCode, &[]),
            Refusal::TooManyCodes => (Code::TooManyAttempts, &[]),
            Refusal::TotpNotFound | Refusal::NoSecondFactor => (Code::NotFound, &[]),
        };
        let error = Self::new(code, refusal.to_string());
        if path.is_empty() { error } else { error.at(path) }
    }
}

/// The thing of a payload and its `userErrors`, from what a command came to.
pub(super) fn split<T>(result: Result<T, Vec<Refusal>>) -> (Option<T>, Vec<UserError>) {
    match result {
        Ok(thing) => (Some(thing), Vec::new()),
        Err(refusals) => (None, refusals.into_iter().map(UserError::from).collect()),
    }
}

/// As [`split`], for commands that have one refusal.
pub(super) fn split_one<T>(result: Result<T, Refusal>) -> (Option<T>, Vec<UserError>) {
    split(result.map_err(|refusal| vec![refusal]))
}
