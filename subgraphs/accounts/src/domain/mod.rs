//! The rules of accounts: what an address, a handle, a password and a session are. Pure: no I/O, no SQL, no GraphQL.

mod account;
mod api_key;
mod avatar;
mod data_export;
mod email;
mod email_change;
mod identity;
mod invitation;
mod mail_backoff;
mod mail_token;
mod network;
mod oidc;
mod passkey;
mod password;
mod preferences;
mod profile;
mod refresh_token;
mod refusal;
mod registration;
mod second_factor;
mod secret;
mod security_event;
mod server;
mod session;
mod totp;

pub use account::{Account, User};
pub use api_key::{
    API_KEY_PREFIX, ApiKey, ApiKeySecret, DEFAULT_KEY_DAYS, KEY_TOKEN_LIFE, MAX_API_KEYS, MAX_KEY_DAYS, Scope, Scopes,
    USE_LOG_INTERVAL,
};
pub use avatar::{AvatarHosts, AvatarUrl};
pub use data_export::{EXPORT_INTERVAL, PersonalData, may_export};
pub use email::Email;
pub use email_change::{EmailChange, Side};
pub use identity::{Identity, IdentityId, LinkedIdentity, ProviderPolicy};
pub use invitation::{
    INVITATION_RETENTION, Invitation, InvitationCode, InvitationForm, RegistrationMode, may_register,
};
pub use mail_backoff::{MAIL_BACKOFF_RETENTION, MailBackoff, MailKind};
pub use mail_token::{MAX_VALID_TOKENS, MailToken, Purpose, SentToken};
pub use network::network_of;
pub use oidc::{OIDC_LOGIN_LIFE, OidcLogin, OidcState, OidcVerifier};
pub use passkey::{CEREMONY_TTL, Ceremony, CeremonyToken, MAX_PASSKEYS, Passkey, PasskeyId};
pub use password::{Owner, Password, Weakness, normalize as normalize_password};
pub use preferences::{Locale, Preferences, StreamingQuality};
pub use profile::{Bio, DeviceName, DisplayName, Handle, KeyName};
pub use refresh_token::RefreshToken;
pub use refusal::Refusal;
pub use registration::{Registration, RegistrationForm};
pub use second_factor::{
    CHALLENGE_TTL, Challenge, ChallengeToken, ENROL_SCOPE, MAX_CHALLENGE_ATTEMPTS, Proof, RECOVERY_CODES, RecoveryCode,
    STEP_UP_TTL, SecondFactorMethod, SecondFactorPolicy, SecondFactors,
};
pub use security_event::{LoggedEvent, SECURITY_EVENT_LIFE, SecurityEvent, SecurityEventKind};
pub use server::Server;
pub use session::{
    ACCESS_TOKEN_LIFE, Client, Credential, MAX_NEW_DEVICE_MAILS, MAX_SESSIONS, PresentedToken, REFRESH_TOKEN_LIFE,
    Session, Successor, Verdict,
};
pub use totp::{CODE_FAILURE_WINDOW, CodeVerdict, MAX_CODE_FAILURES, PENDING_TOTP_TTL, Totp, TotpSecret};
