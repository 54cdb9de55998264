//! Signing keys of a test and the viewers that it signs in.

use chrono::{DateTime, Utc};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use polyphony_kit::{
    Role, SessionId, UserId, Viewer,
    auth::{Claims, TOKEN_TYPE, Verifier},
    config::AuthArgs,
    id,
};
use uuid::Uuid;

/// The router's secret in tests.
pub const ROUTER_SECRET: &str = "the router's secret in tests";

/// A key pair that tokens of a test are signed with.
pub struct Keys {
    key: EncodingKey,
    jwk: Jwk,
    kid: String,
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys {
    /// A fresh pair.
    pub fn new() -> Self {
        let (first, second) = (*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes());
        let seed: Vec<u8> = first.into_iter().chain(second).collect();
        let signing = SigningKey::from_bytes(&seed.try_into().expect("two UUIDs are 32 bytes"));
        let der = signing.to_pkcs8_der().expect("an Ed25519 key has a PKCS#8 form");
        let key = EncodingKey::from_ed_der(der.as_bytes());
        let kid = Uuid::new_v4().to_string();
        // From the public half: the library reads it from no private key that carries its public one, as this does.
        let public = DecodingKey::from_ed_der(signing.verifying_key().as_bytes());
        let mut jwk = Jwk::from_decoding_key(&public, Some(Algorithm::EdDSA)).expect("an Ed25519 key has a public JWK");
        jwk.common.key_id = Some(kid.clone());
        Self { key, jwk, kid }
    }

    /// The options that a subgraph under test gets.
    pub fn auth_args() -> AuthArgs {
        AuthArgs {
            router_secret: ROUTER_SECRET.to_owned(),
            jwks_url: "http://127.0.0.1:1/unused".to_owned(),
            jwt_issuer: "polyphony".to_owned(),
            jwt_audience: "polyphony".to_owned(),
            revocations_url: "redis://127.0.0.1:1".to_owned(),
        }
    }

    /// A verifier that knows this key.
    pub fn verifier(&self) -> Verifier {
        let verifier = Verifier::local(&Self::auth_args());
        verifier.replace_keys(&self.jwks());
        verifier
    }

    /// The public half, as accounts would publish it.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.jwk.clone()] }
    }

    /// An access token of `viewer`, valid for ten minutes from now.
    pub fn token(&self, viewer: &Viewer) -> String {
        self.token_at(viewer, now())
    }

    /// An access token of `viewer` that was issued at `at`.
    pub fn token_at(&self, viewer: &Viewer, at: DateTime<Utc>) -> String {
        let iat = at.timestamp();
        let claims = Claims {
            sub: viewer.user.to_string(),
            sid: viewer.session.to_string(),
            ver: 1,
            role: viewer.role.as_str().to_owned(),
            scope: viewer.scopes.join(" "),
            iss: "polyphony".to_owned(),
            aud: "polyphony".to_owned(),
            jti: Uuid::new_v4().to_string(),
            iat,
            nbf: iat,
            exp: iat + 600,
        };
        let header =
            Header { typ: Some(TOKEN_TYPE.to_owned()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &self.key).expect("claims serialise and the key signs")
    }
}

/// A new person with this role, signed in.
pub fn viewer(role: Role) -> Viewer {
    Viewer { user: UserId::new(), session: SessionId::new(), role, scopes: vec!["*".to_owned()] }
}

/// The id of a person's `Viewer`, `vwr_...`, by which the router asks for it.
pub fn viewer_id(viewer: &Viewer) -> String {
    id::encode("vwr", viewer.user.0)
}

#[expect(clippy::disallowed_methods, reason = "tokens are checked against the machine's clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
