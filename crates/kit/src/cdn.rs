//! URLs of a CDN in front of the object store, signed as `CloudFront` wants them: RSA with SHA-256 over a policy.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html>

use std::{fmt, sync::Arc};

use anyhow::Context;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use crate::config::CdnArgs;

/// A distribution that serves the bucket.
#[derive(Clone)]
pub struct Cdn {
    base: String,
    key_pair_id: String,
    key: Arc<EncodingKey>,
}

impl fmt::Debug for Cdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cdn").field("base", &self.base).field("key_pair_id", &self.key_pair_id).finish_non_exhaustive()
    }
}

impl Cdn {
    /// The CDN that the options name, if they name one.
    pub fn new(args: &CdnArgs) -> anyhow::Result<Option<Self>> {
        let (Some(url), Some(id), Some(file)) = (&args.cdn_url, &args.cdn_key_pair_id, &args.cdn_private_key_file)
        else {
            return Ok(None);
        };
        let pem = std::fs::read(file).with_context(|| format!("read the CDN's key {}", file.display()))?;
        Self::with_key(url, id, &pem).map(Some)
    }

    /// A CDN under `base` with the private key of a key pair, an RSA key in PEM.
    pub fn with_key(base: &str, key_pair_id: &str, pem: &[u8]) -> anyhow::Result<Self> {
        let key = EncodingKey::from_rsa_pem(pem).context("read the CDN's key: it must be an RSA private key in PEM")?;
        let (base, key_pair_id) = (base.trim_end_matches('/').to_owned(), key_pair_id.to_owned());
        let cdn = Self { base, key_pair_id, key: Arc::new(key) };
        // A key that cannot sign must not be found out by the first listener.
        cdn.sign("probe", DateTime::UNIX_EPOCH)?;
        Ok(cdn)
    }

    /// The URL of one object, `path` with the query that the origin shall have, good until then.
    pub fn sign(&self, path: &str, until: DateTime<Utc>) -> anyhow::Result<String> {
        let url = format!("{}/{path}", self.base);
        let signature = self.signature(&policy(&url, until))?;
        let join = if path.contains('?') { '&' } else { '?' };
        Ok(format!("{url}{join}Expires={}&{}", until.timestamp(), self.proof(&signature)))
    }

    /// URLs of many objects of a folder under one signature, good until then. `paths` are relative to `folder`.
    pub fn sign_folder(&self, folder: &str, paths: &[String], until: DateTime<Utc>) -> anyhow::Result<Vec<String>> {
        let folder = format!("{}/{}", self.base, folder.trim_end_matches('/'));
        let policy = policy(&format!("{folder}/*"), until);
        let signature = self.signature(&policy)?;
        let query = format!("Policy={}&{}", url_safe(policy.as_bytes()), self.proof(&signature));
        let join = |path: &String| if path.contains('?') { '&' } else { '?' };
        Ok(paths.iter().map(|path| format!("{folder}/{path}{}{query}", join(path))).collect())
    }

    fn signature(&self, policy: &str) -> anyhow::Result<String> {
        let signed = crypto::sign(policy.as_bytes(), &self.key, Algorithm::RS256).context("sign a URL of the CDN")?;
        Ok(url_safe(&URL_SAFE_NO_PAD.decode(signed).context("read a signature")?))
    }

    fn proof(&self, signature: &str) -> String {
        format!("Signature={signature}&Key-Pair-Id={}&Hash-Algorithm=SHA256", self.key_pair_id)
    }
}

/// Who has it may GET what `resource` names until then. `CloudFront` compares it to the byte, so it has no spaces.
fn policy(resource: &str, until: DateTime<Utc>) -> String {
    let until = until.timestamp();
    format!(
        r#"{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{until}}}}}}}]}}"#
    )
}

/// Base64 with the three characters that a query cannot hold replaced as `CloudFront` reads them.
fn url_safe(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    use super::*;

    /// Runs OpenSSL, which knows nothing of us, in a folder.
    fn openssl(folder: &std::path::Path, arguments: &str, input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "openssl {arguments}");
        done.stdout
    }

    fn part<'a>(url: &'a str, name: &str) -> &'a str {
        url.split_once('?').unwrap().1.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap()
    }

    fn bytes(safe: &str) -> Vec<u8> {
        STANDARD.decode(safe.replace('-', "+").replace('_', "=").replace('~', "/")).unwrap()
    }

    #[test]
    fn openssl_verifies_what_was_signed_with_its_key_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        openssl(folder.path(), "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem", b"");
        openssl(folder.path(), "pkey -in key.pem -pubout -out public.pem", b"");
        openssl(folder.path(), "pkey -in key.pem -traditional -out old.pem", b"");
        let until = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for file in ["key.pem", "old.pem"] {
            let pem = std::fs::read(folder.path().join(file)).unwrap();
            let cdn = Cdn::with_key("https://cdn.example.org/", "K2JCJMDEHXQW5F", &pem).unwrap();
            let one = cdn.sign("a/b.mp3?response-content-type=audio%2Fmpeg", until).unwrap();
            let many = cdn.sign_folder("a/", &["0.m4s".to_owned(), "1.m4s?x=y".to_owned()], until).unwrap();
            let canned = policy("https://cdn.example.org/a/b.mp3?response-content-type=audio%2Fmpeg", until);
            assert!(
                one.starts_with(
                    "https://cdn.example.org/a/b.mp3?response-content-type=audio%2Fmpeg&Expires=1800000000&"
                )
            );
            assert!(many[0].starts_with("https://cdn.example.org/a/0.m4s?Policy="));
            assert!(many[1].starts_with("https://cdn.example.org/a/1.m4s?x=y&Policy="));
            assert_eq!(bytes(part(&many[0], "Policy")), policy("https://cdn.example.org/a/*", until).into_bytes());
            for (url, policy) in [(&one, canned.into_bytes()), (&many[1], bytes(part(&many[1], "Policy")))] {
                std::fs::write(folder.path().join("signature"), bytes(part(url, "Signature"))).unwrap();
                let verify = "dgst -sha256 -verify public.pem -signature signature";
                assert_eq!(openssl(folder.path(), verify, &policy), b"Verified OK\n");
                assert!(url.ends_with("&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256"));
            }
        }
        assert!(Cdn::with_key("https://cdn.example.org", "K", b"no key").is_err());
    }

    #[test]
    fn a_policy_is_the_canned_one_to_the_byte() {
        assert_eq!(
            policy(
                "https://d111111abcdef8.cloudfront.net/image.jpg",
                DateTime::from_timestamp(1_767_290_400, 0).unwrap()
            ),
            r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/image.jpg","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}"#
        );
    }
}
