//! The keys that access tokens are signed with: made on first start, published as JWKS, rotated without refusing anybody.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
        OctetKeyPairType, PublicKeyUse,
    },
};
use parking_lot::RwLock;
use polyphony_kit::{
    Clock, Role, SessionId, UserId,
    auth::{Claims, TOKEN_TYPE, Verifier},
    config::AuthArgs,
};
use rand::RngCore;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::ACCESS_TOKEN_LIFE,
    store::{self, KeyRow, Store},
};

/// A new key is published this long before it signs: every process of ours has read it by then (see [`RELOAD_INTERVAL`]), and
/// every verifier fetched it (the JWKS may be cached for a minute).
const NOTICE: TimeDelta = TimeDelta::minutes(2);
/// How often the keys are read again.
const RELOAD_INTERVAL: Duration = Duration::from_secs(5);
/// How often they are tried while they could not be read.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Signs access tokens and publishes the keys to check them with.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    clock: Clock,
    issuer: String,
    audience: String,
    verifier: Verifier,
    keys: RwLock<Vec<Key>>,
}

struct Key {
    id: String,
    created_at: DateTime<Utc>,
    private: EncodingKey,
    public: Jwk,
    activates_at: DateTime<Utc>,
}

/// An access token and its end.
pub struct AccessToken {
    /// The JWT.
    pub token: String,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
}

/// Whom an access token is for.
pub struct Bearer {
    /// The person.
    pub user: UserId,
    /// The session, or the API key.
    pub session: SessionId,
    /// The version of the person's account.
    pub version: i64,
    /// What they may do.
    pub role: Role,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// How long it is good.
    pub life: TimeDelta,
}

impl Keyring {
    /// An empty ring; [`Keyring::load`] fills it.
    pub fn new(args: &AuthArgs, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            issuer: args.jwt_issuer.clone(),
            audience: args.jwt_audience.clone(),
            verifier: Verifier::local(args),
            keys: RwLock::default(),
        }))
    }

    /// Checks tokens with the keys of this ring.
    pub fn verifier(&self) -> Verifier {
        self.0.verifier.clone()
    }

    /// Reads the keys, after making the first one if there is none.
    pub async fn load(&self, store: &Store) -> anyhow::Result<()> {
        let now = self.0.clock.now();
        let mut rows = store.signing_keys(now).await.context("read the signing keys")?;
        if rows.is_empty() {
            let mut tx = store.begin().await?;
            store::add_first_signing_key(&mut tx, &make(now, now)?).await.context("add the first signing key")?;
            tx.commit().await?;
            rows = store.signing_keys(now).await.context("read the signing keys")?;
        }
        let before = self.published();
        *self.0.keys.write() = rows.into_iter().map(Key::from).collect();
        let published = self.published();
        // What was verified with the same keys need not be verified again.
        if published != before {
            self.0.verifier.replace_keys(&published);
        }
        Ok(())
    }

    /// Keeps the keys as they are in the database, and adds one when the newest has reached `max_age`, until `stop`.
    pub async fn run(self, store: Store, max_age: TimeDelta, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let kept = async {
                self.load(&store).await?;
                self.rotate_if_due(&store, max_age).await
            };
            let wait = match kept.await {
                Ok(()) => RELOAD_INTERVAL,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "the signing keys were not read");
                    RETRY_INTERVAL
                }
            };
            tokio::select! { () = tokio::time::sleep(wait) => {} () = stop.cancelled() => {} }
        }
    }

    /// Adds a key when the newest is older than `max_age`. Of several processes one does.
    pub async fn rotate_if_due(&self, store: &Store, max_age: TimeDelta) -> anyhow::Result<()> {
        let now = self.0.clock.now();
        let is_due = |newest: Option<DateTime<Utc>>| newest.is_some_and(|made| now - made >= max_age);
        if !is_due(self.0.keys.read().iter().map(|key| key.created_at).max()) {
            return Ok(());
        }
        let mut tx = store.begin().await?;
        store::lock_signing_keys(&mut tx).await?;
        // Looked at again under the lock: another process may have been in time.
        if is_due(store::newest_signing_key(&mut tx).await?) {
            let id = add_next(&mut tx, now).await?;
            tx.commit().await?;
            tracing::info!(key.id = id, "a signing key was added because the one before it is old");
            self.load(store).await?;
        }
        Ok(())
    }

    /// Whether there is a key to sign with.
    pub async fn ready(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.0.keys.read().is_empty(), "the signing keys were not read yet");
        Ok(())
    }

    /// The public keys, for those who check tokens.
    pub fn published(&self) -> JwkSet {
        JwkSet { keys: self.0.keys.read().iter().map(|key| key.public.clone()).collect() }
    }

    /// Signs an access token.
    pub fn sign_for(&self, bearer: Bearer) -> anyhow::Result<AccessToken> {
        let now = self.0.clock.now();
        let expires_at = now + bearer.life;
        let claims = Claims {
            sub: bearer.user.to_string(),
            sid: bearer.session.to_string(),
            ver: bearer.version,
            role: bearer.role.as_str().to_owned(),
            scope: bearer.scope,
            iss: self.0.issuer.clone(),
            aud: self.0.audience.clone(),
            jti: Uuid::now_v7().to_string(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        let keys = self.0.keys.read();
        // Where none is active yet, nobody has tokens of an older one either.
        let key = keys.iter().rfind(|key| key.activates_at <= now).or(keys.first());
        let key = key.context("there is no signing key")?;
        let header =
            Header { typ: Some(TOKEN_TYPE.to_owned()), kid: Some(key.id.clone()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, &key.private).context("sign an access token")?;
        Ok(AccessToken { token, expires_at })
    }
}

/// Adds a key that signs soon; the others stay published until their last tokens have ended. Gives its id.
pub async fn rotate(store: &Store, clock: &Clock) -> anyhow::Result<String> {
    let mut tx = store.begin().await?;
    let id = add_next(&mut tx, clock.now()).await?;
    tx.commit().await?;
    Ok(id)
}

async fn add_next(tx: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<String> {
    let key = make(now, now + NOTICE)?;
    // Twice a token's life, for processes that read the new key late.
    let others_retire_at = key.activates_at + ACCESS_TOKEN_LIFE * 2;
    store::add_signing_key(tx, &key, others_retire_at).await.context("add a signing key")?;
    Ok(key.id)
}

/// What is left after a key was retired.
#[derive(Debug, PartialEq, Eq)]
pub enum Retired {
    /// Another key signs already.
    AnotherSigns,
    /// A key was made, with this id, which signs at once.
    Replaced(String),
}

/// Ends a key now, because somebody may have copied it: it is published no more, tokens that it signed are refused everywhere
/// within seconds, and where it was the one that signed there is a new one at once. `None` when there is no such key.
pub async fn retire(store: &Store, clock: &Clock, id: &str) -> anyhow::Result<Option<Retired>> {
    let now = clock.now();
    let mut tx = store.begin().await?;
    store::lock_signing_keys(&mut tx).await?;
    if !store::retire_signing_key(&mut tx, id, now).await? {
        return Ok(None);
    }
    store::revoke_signing_key(&mut tx, id, now).await?;
    let retired = if store::has_active_signing_key(&mut tx, now).await? {
        Retired::AnotherSigns
    } else {
        let key = make(now, now)?;
        store::add_signing_key(&mut tx, &key, now + ACCESS_TOKEN_LIFE * 2).await.context("add a signing key")?;
        Retired::Replaced(key.id)
    };
    tx.commit().await?;
    Ok(Some(retired))
}

fn make(now: DateTime<Utc>, activates_at: DateTime<Utc>) -> anyhow::Result<KeyRow> {
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let private = SigningKey::from_bytes(&seed);
    let public_key = private.verifying_key().to_bytes().to_vec();
    let pkcs8 = private.to_pkcs8_der().context("write a signing key")?.as_bytes().to_vec();
    let id = hex::encode(&Sha256::digest(&public_key)[..8]);
    Ok(KeyRow { id, pkcs8, public_key, created_at: now, activates_at, retires_at: None })
}

impl From<KeyRow> for Key {
    fn from(row: KeyRow) -> Self {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(row.id.clone()),
            ..CommonParameters::default()
        };
        let algorithm = AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(&row.public_key),
        });
        Self {
            id: row.id,
            created_at: row.created_at,
            private: EncodingKey::from_ed_der(&row.pkcs8),
            public: Jwk { common, algorithm },
            activates_at: row.activates_at,
        }
    }
}
