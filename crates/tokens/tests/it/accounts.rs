//! What accounts does: it signs tokens and publishes keys.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{Json, Router, routing::get};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use polyphony_revocations::Revoked;
use polyphony_tokens::{Claims, KeySet, TOKEN_TYPE, Verifier};
use tokio::{net::TcpListener, task::JoinHandle};

/// A key of accounts.
pub(crate) struct Key {
    id: String,
    private: EncodingKey,
    pub(crate) public: Jwk,
}

impl Key {
    pub(crate) fn new(id: &str, seed: u8) -> Self {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let private = EncodingKey::from_ed_der(signing.to_pkcs8_der().unwrap().as_bytes());
        let public = DecodingKey::from_ed_der(signing.verifying_key().as_bytes());
        let mut public = Jwk::from_decoding_key(&public, Some(Algorithm::EdDSA)).unwrap();
        public.common.key_id = Some(id.to_owned());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Self { id: id.to_owned(), private, public }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header =
            Header { typ: Some(TOKEN_TYPE.to_owned()), kid: Some(self.id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

/// A token's claims that is good for ten minutes.
pub(crate) fn claims() -> Claims {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let text = str::to_owned;
    Claims {
        sub: text("usr_1"),
        sid: text("ses_1"),
        ver: 1,
        role: text("LISTENER"),
        scope: text("*"),
        iss: text("polyphony"),
        aud: text("polyphony"),
        jti: text("1"),
        iat: now,
        nbf: now,
        exp: now + 600,
    }
}

/// A server that publishes keys and counts who asks.
pub(crate) struct Accounts {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    published: Arc<Mutex<JwkSet>>,
    server: JoinHandle<()>,
}

impl Accounts {
    #[expect(clippy::disallowed_methods, reason = "a test ends it itself")]
    pub(crate) async fn publishing(keys: &[&Key]) -> Self {
        let (asked, published) = (Arc::<AtomicUsize>::default(), Arc::new(Mutex::new(set(keys))));
        let (counter, answer) = (Arc::clone(&asked), Arc::clone(&published));
        let handler = async move || {
            counter.fetch_add(1, Ordering::SeqCst);
            Json(answer.lock().unwrap().clone())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/jwks", get(handler));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, asked, published, server }
    }

    pub(crate) fn publish(&self, keys: &[&Key]) {
        *self.published.lock().unwrap() = set(keys);
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) async fn stop(self) {
        self.server.abort();
        let _ = self.server.await;
    }

    /// Asks on a connection of its own each time, so that a stopped server is not reached by an old one.
    pub(crate) fn keys(&self) -> Arc<KeySet> {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Arc::new(KeySet::new(format!("http://{}/jwks", self.address), client))
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(self.keys(), "polyphony", "polyphony", Revoked::default())
    }
}

pub(crate) fn set(keys: &[&Key]) -> JwkSet {
    JwkSet { keys: keys.iter().map(|key| key.public.clone()).collect() }
}
