//! How often a client may ask: the options of the buckets.

use clap::Args;

use crate::limits::Limit;

/// How often a client may ask: requests a minute and at once, like `60/20`, or `off`. Who asks too often is answered
/// `RATE_LIMITED` with the time to wait. Where it depends on `POLYPHONY_ENV`, development allows thirty times as much, since all
/// clients share one address there.
#[derive(Debug, Clone, Args)]
pub(crate) struct RateLimits {
    /// Operations of a person.
    #[arg(long = "rate-limit-user", env = "RATE_LIMIT_USER", default_value = "3000/600")]
    pub(crate) user: Limit,

    /// Operations with an API key; they count for its person too.
    #[arg(long = "rate-limit-key", env = "RATE_LIMIT_KEY", default_value = "3000/600")]
    pub(crate) key: Limit,

    /// Operations of an address of people who are not signed in. Default: 1200/300 in production. Of IPv6 the networks are counted,
    /// here and wherever something is said of an address: a /64 like an address, a /56 four, a /48 sixteen times as much.
    #[arg(long = "rate-limit-address", env = "RATE_LIMIT_ADDRESS")]
    pub(crate) address: Option<Limit>,

    /// WebSockets that are opened from an address (of a /64 network for IPv6). Default: 300/300 in production.
    #[arg(long = "rate-limit-socket", env = "RATE_LIMIT_SOCKET")]
    pub(crate) socket: Option<Limit>,

    /// Files of the web player that are fetched from an address (a page and its scripts are some thirty), counted by each router for
    /// itself. Default: 12000/3000 in production.
    #[arg(long = "rate-limit-file", env = "RATE_LIMIT_FILE")]
    pub(crate) file: Option<Limit>,

    /// Strings that look like API keys and that the router has to ask accounts about, from one address; a good key does not count.
    /// Default: 60/60 in production.
    #[arg(long = "rate-limit-key-exchange", env = "RATE_LIMIT_KEY_EXCHANGE")]
    pub(crate) key_exchange: Option<Limit>,

    /// `login` for one account from one address. Default: 10/10 in production, six times as much in development.
    #[arg(long = "rate-limit-login", env = "RATE_LIMIT_LOGIN")]
    pub(crate) login: Option<Limit>,

    /// Signing in to one account from one address, a right password included, which is no guess and does not count as `login`.
    /// Default: 30/30 in production, six times as much in development.
    #[arg(long = "rate-limit-sign-in", env = "RATE_LIMIT_SIGN_IN")]
    pub(crate) sign_in: Option<Limit>,

    /// Tries of one account from all addresses together: of passwords and of resets, each for itself. Further ones are not
    /// refused but delayed, each longer, up to ten seconds. Default: 30/30 in production, six times as much in development.
    #[arg(long = "rate-limit-account", env = "RATE_LIMIT_ACCOUNT")]
    pub(crate) account: Option<Limit>,

    /// Codes of a second factor. Default: 10/10 in production, six times as much in development.
    #[arg(long = "rate-limit-code", env = "RATE_LIMIT_CODE")]
    pub(crate) code: Option<Limit>,

    /// Tokens of mails and links from one address. Default: 60/60 in production.
    #[arg(long = "rate-limit-token", env = "RATE_LIMIT_TOKEN")]
    pub(crate) token: Option<Limit>,

    /// `refreshTokens` from one address. Default: 600/300 in production.
    #[arg(long = "rate-limit-refresh", env = "RATE_LIMIT_REFRESH")]
    pub(crate) refresh: Option<Limit>,

    /// Mails that somebody has sent, other than by `requestPasswordReset`.
    #[arg(long = "rate-limit-mail", env = "RATE_LIMIT_MAIL", default_value = "5/5")]
    pub(crate) mail: Limit,

    /// `login` and other ways to sign in from one address, whatever the account. Default: 60/60 in production.
    #[arg(long = "rate-limit-login-address", env = "RATE_LIMIT_LOGIN_ADDRESS")]
    pub(crate) login_address: Option<Limit>,

    /// `register` from one address. Default: 20/20 in production.
    #[arg(long = "rate-limit-register", env = "RATE_LIMIT_REGISTER")]
    pub(crate) register: Option<Limit>,

    /// `requestPasswordReset` for one account from one address.
    #[arg(long = "rate-limit-reset", env = "RATE_LIMIT_RESET", default_value = "5/5")]
    pub(crate) reset: Limit,

    /// `changePassword` and `deleteAccount` of a person.
    #[arg(long = "rate-limit-password", env = "RATE_LIMIT_PASSWORD", default_value = "10/10")]
    pub(crate) password: Limit,

    /// `createUpload` of a person.
    #[arg(long = "rate-limit-create-upload", env = "RATE_LIMIT_CREATE_UPLOAD", default_value = "300/600")]
    pub(crate) create_upload: Limit,

    /// `exportMyData` of a person.
    #[arg(long = "rate-limit-data-export", env = "RATE_LIMIT_DATA_EXPORT", default_value = "5/5")]
    pub(crate) data_export: Limit,

    /// Joining by a code or a link: `joinListeningSession`, `listeningSession`, `sharedPlaylist`.
    #[arg(long = "rate-limit-join", env = "RATE_LIMIT_JOIN", default_value = "60/60")]
    pub(crate) join: Limit,

    /// Buckets that the composed schema names and this router does not know.
    #[arg(long = "rate-limit-other", env = "RATE_LIMIT_OTHER", default_value = "5/5")]
    pub(crate) other: Limit,
}
