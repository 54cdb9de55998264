//! Our own parts: the environment that they share and how each is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::data::DataFolder;
use crate::part::Part;
use crate::ports::Ports;
use crate::probe::{Probe, READY_PATH};
use crate::secrets::Secrets;
use crate::servers::{embedded, postgres, redis};
use crate::up::reach::Reach;
use crate::web;
use crate::workspace::{SUBGRAPHS, WITH_DATABASE};

/// Which backing servers are real ones, named by the person's variables.
pub(crate) struct External {
    ignore: bool,
}

impl External {
    /// With `ignore` none is, whatever the environment says.
    pub(crate) fn new(ignore: bool) -> Self {
        Self { ignore }
    }

    /// The value of a variable that names a real server.
    pub(crate) fn get(&self, variable: &str) -> Option<String> {
        if self.ignore {
            return None;
        }
        std::env::var(variable).ok().filter(|value| !value.is_empty())
    }

    fn has(&self, variable: &str) -> bool {
        self.get(variable).is_some()
    }

    pub(crate) fn has_redis(&self) -> bool {
        self.has("REDIS_URL")
    }

    pub(crate) fn has_kafka(&self) -> bool {
        self.has("KAFKA_BROKERS")
    }

    pub(crate) fn has_s3(&self) -> bool {
        self.has("S3_ENDPOINT")
    }

    /// The databases that need the private cluster.
    pub(crate) fn private_databases(&self) -> Vec<&'static str> {
        WITH_DATABASE.into_iter().filter(|name| !self.has(&database_variable(name))).collect()
    }

    /// The variables of real servers that the parts must not see.
    pub(crate) fn ignored(&self) -> Vec<&'static str> {
        if self.ignore { vec!["MEILI_URL", "MEILI_KEY", "SMTP_URL"] } else { Vec::new() }
    }

    /// The variables that replace something.
    pub(crate) fn variables(&self) -> Vec<String> {
        let databases = WITH_DATABASE.map(database_variable);
        let servers = ["REDIS_URL", "KAFKA_BROKERS", "S3_ENDPOINT", "MEILI_URL", "SMTP_URL"].map(str::to_owned);
        databases.into_iter().chain(servers).filter(|variable| self.has(variable)).collect()
    }
}

/// What the port of a part's health and metrics is called, where it has another one too.
pub(crate) fn operations_of(part: &str) -> String {
    format!("{part}-operations")
}

/// The variable that names a database.
pub(crate) fn database_variable(name: &str) -> String {
    format!("DATABASE_URL_{}", name.to_uppercase())
}

/// What our own parts are made from.
pub(crate) struct Services<'a> {
    pub(crate) bin: PathBuf,
    pub(crate) data: &'a DataFolder,
    pub(crate) ports: &'a Ports,
    pub(crate) secrets: &'a Secrets,
    pub(crate) external: &'a External,
    pub(crate) reach: &'a Reach,
}

impl Services<'_> {
    fn local(&self, part: &str) -> String {
        format!("http://127.0.0.1:{}", self.ports[part])
    }

    /// Where people open the platform in a browser.
    pub(crate) fn web_url(&self) -> String {
        let configured = std::env::var("WEB_URL").ok().filter(|url| !url.is_empty());
        configured.unwrap_or_else(|| self.reach.public(self.ports["router"]))
    }

    /// Where clients fetch playlists and covers.
    pub(crate) fn media_public_url(&self) -> String {
        let configured = ["MEDIA_PUBLIC_URL", "PUBLIC_URL"].into_iter().find_map(|name| self.external.get(name));
        configured.unwrap_or_else(|| self.reach.public(self.ports["media-public"]))
    }

    /// The variables that every part of ours gets; each reads those that it knows.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let mut env: BTreeMap<String, String> = BTreeMap::new();
        let mut set = |name: &str, value: String| env.insert(name.to_owned(), value);
        let secret = |name: &str| self.secrets.get(name).to_owned();

        set("POLYPHONY_ENV", std::env::var("POLYPHONY_ENV").unwrap_or_else(|_| "development".to_owned()));
        // Logs are files.
        set("NO_COLOR", "1".to_owned());
        set("ROUTER_SECRET", secret("router_secret"));
        set("MAIL_SEALING_KEYS", secret("mail_sealing_key"));
        set("URL_SIGNING_KEY", secret("url_signing_key"));
        set("JWKS_URL", format!("{}/.well-known/jwks.json", self.local("accounts")));
        set("JWT_ISSUER", "polyphony".to_owned());
        set("JWT_AUDIENCE", "polyphony".to_owned());
        set("PUBLIC_BIND", self.reach.bind(self.ports["media-public"]).to_string());
        set("PUBLIC_URL", self.media_public_url());
        // What the router's pages may fetch from.
        set("MEDIA_PUBLIC_URL", self.media_public_url());
        set("WEB_URL", self.web_url());
        for (name, value) in self.reach.behind_a_proxy() {
            if self.external.get(name).is_none() {
                set(name, value);
            }
        }
        if let Some(folder) = web::built().filter(|_| std::env::var_os("WEB_DIR").is_none()) {
            set("WEB_DIR", folder.display().to_string());
        }
        set("WORK_DIR", self.data.join("work").display().to_string());
        set("MAIL_DIR", self.data.join("mail").display().to_string());
        for name in SUBGRAPHS {
            set(&format!("{}_URL", name.to_uppercase()), format!("{}/graphql", self.local(name)));
        }
        for name in self.external.private_databases() {
            set(&database_variable(name), postgres::url(self.ports["postgres"], name, self.secrets));
        }
        if !self.external.has_redis() {
            set("REDIS_URL", redis::url(self.ports["redis"], self.secrets));
        }
        if !self.external.has_kafka() {
            set("KAFKA_BROKERS", format!("127.0.0.1:{}", self.ports["kafka"]));
        }
        if !self.external.has_s3() {
            let port = self.ports["s3"];
            set("S3_ENDPOINT", format!("http://{}", self.reach.authority(port)));
            let public = self.external.get("S3_PUBLIC_ENDPOINT");
            set("S3_PUBLIC_ENDPOINT", public.unwrap_or_else(|| self.reach.public(port)));
            set("S3_REGION", "us-east-1".to_owned());
            set("S3_BUCKET", embedded::BUCKET.to_owned());
            set("S3_ACCESS_KEY_ID", secret("s3_access_key_id"));
            set("S3_SECRET_ACCESS_KEY", secret("s3_secret_access_key"));
        }
        env
    }

    /// The subgraphs, the workers and the notifier: all that the router's answers need.
    pub(crate) fn behind_the_router(&self, workers: &[String]) -> Vec<Part> {
        let mut parts: Vec<Part> = SUBGRAPHS
            .iter()
            .map(|name| Part { url: Some(self.local(name)), ..self.part(name, name, &["serve"]) })
            .collect();
        parts.extend(workers.iter().map(|name| self.part(name, "media", &["work"])));
        parts.push(self.part("notifier", "notifier", &["work"]));
        parts
    }

    pub(crate) fn router(&self) -> Part {
        let mut part = self.part("router", "router", &[]);
        part.env.insert("BIND".to_owned(), self.reach.bind(part.port).to_string());
        Part { url: Some(format!("http://{}", self.reach.authority(part.port))), ..part }
    }

    fn part(&self, name: &str, program: &str, args: &[&str]) -> Part {
        let port = self.ports[name];
        // Workers have no other door.
        let operations = self.ports.get(&operations_of(name)).copied().unwrap_or(port);
        let mut env = self.environment();
        env.insert("BIND".to_owned(), format!("127.0.0.1:{port}"));
        env.insert("OPERATIONS_BIND".to_owned(), format!("127.0.0.1:{operations}"));
        Part {
            name: name.to_owned(),
            program: self.program(program),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env,
            unset: self.external.ignored(),
            user: None,
            stop: Signal::TERM,
            probe: Probe::Http { port: operations, path: READY_PATH.to_owned() },
            port,
            url: None,
        }
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// The programs that the platform consists of, of which none may be missing.
pub(crate) fn missing_programs(bin: &Path) -> Vec<&'static str> {
    ["accounts", "catalog", "playlists", "media", "notifier", "router", "devstack"]
        .into_iter()
        .filter(|name| !bin.join(name).is_file())
        .collect()
}
