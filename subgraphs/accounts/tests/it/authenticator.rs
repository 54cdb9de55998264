//! A software authenticator with its browser: it makes and signs what `WebAuthn` (level 3, sections 6 and 7) asks for, by the bytes of
//! the standard, and lets tests lie about each of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::ORIGIN;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const CREDENTIAL_INCLUDED: u8 = 0x40;

#[derive(Clone)]
pub(crate) struct Authenticator {
    pub(crate) key: SigningKey,
    pub(crate) credential_id: Vec<u8>,
    /// Whose passkey it is, as the site said when it was made.
    pub(crate) user_handle: Option<String>,
    /// Grows with each signature.
    pub(crate) counter: u32,
    /// The site that the browser shows.
    pub(crate) origin: String,
    /// Whether it has looked at the finger.
    pub(crate) verifies: bool,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        let key = SigningKey::from_slice(&random()).unwrap();
        let credential_id = random().to_vec();
        Self { key, credential_id, user_handle: None, counter: 1, origin: ORIGIN.to_owned(), verifies: true }
    }

    /// `navigator.credentials.create`, as JSON.
    pub(crate) fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.user_handle = Some(options["user"]["id"].as_str().unwrap().to_owned());
        let data = self.authenticator_data(&options["rp"]["id"], CREDENTIAL_INCLUDED);
        let credential = [&[0; 16][..], &[0, 32], &self.credential_id, &self.public_key()].concat();
        let data = [data, credential].concat();
        // CBOR: { "fmt": "none", "attStmt": {}, "authData": bytes }.
        let object =
            [b"\xa3cfmtdnonegattStmt\xa0hauthData\x58".as_slice(), &[u8::try_from(data.len()).unwrap()], &data];
        let response = json!({
            "attestationObject": base64url(&object.concat()),
            "clientDataJSON": base64url(&self.client_data("webauthn.create", &options)),
            "transports": ["internal"],
        });
        self.credential(&response)
    }

    /// `navigator.credentials.get`, as JSON.
    pub(crate) fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.counter += 1;
        let data = self.authenticator_data(&options["rpId"], 0);
        let client_data = self.client_data("webauthn.get", &options);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": base64url(&data),
            "clientDataJSON": base64url(&client_data),
            "signature": base64url(signature.to_der().as_bytes()),
            "userHandle": self.user_handle,
        });
        self.credential(&response)
    }

    pub(crate) fn id(&self) -> String {
        base64url(&self.credential_id)
    }

    fn credential(&self, response: &Value) -> String {
        let id = self.id();
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }

    fn authenticator_data(&self, rp_id: &Value, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(rp_id.as_str().unwrap()).to_vec();
        data.push(flags | USER_PRESENT | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// COSE: { 1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y }.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_encoded_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x.as_slice(), b"\x22\x58\x20", y.as_slice()].concat()
    }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    bytes
}
