//! docker-compose.yml against the code, as far as that goes without a Docker engine: every variable is one that the
//! program reads, every program and subcommand exists, ports and health paths agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use regex::Regex;
use serde::Deserialize;
use serde_yaml_ng::Value;

use super::Finding;
use super::sources::Source;

const FILE: &str = "docker-compose.yml";

/// The image that the Dockerfile makes.
const OUR_IMAGE: &str = "polyphony:";

/// Where the crate of each program is. A program that is not here does not exist.
const PROGRAMS: [(&str, &str); 6] = [
    ("accounts", "subgraphs/accounts/"),
    ("catalog", "subgraphs/catalog/"),
    ("playlists", "subgraphs/playlists/"),
    ("media", "subgraphs/media/"),
    ("notifier", "workers/notifier/"),
    ("router", "router/"),
];

/// The ports that the images of others listen on.
const PORTS_OF_OTHERS: [(&str, u16); 6] = [
    ("postgres:", 5432),
    ("redis:", 6379),
    ("apache/kafka:", 9092),
    ("getmeili/meilisearch:", 7700),
    ("rustfs/rustfs:", 9000),
    ("axllent/mailpit:", 1025),
];

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: String,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, Value>,
    #[serde(default)]
    ports: Vec<String>,
    #[serde(default)]
    depends_on: BTreeMap<String, Dependency>,
    healthcheck: Option<Healthcheck>,
}

#[derive(Deserialize)]
struct Dependency {
    condition: String,
}

#[derive(Deserialize)]
struct Healthcheck {
    test: Vec<String>,
}

/// What the code says, as text to search in.
struct Code<'a> {
    sources: &'a [Source],
    supergraph: String,
    dockerfile: String,
}

pub(super) fn check(root: &Path, sources: &[Source]) -> anyhow::Result<Vec<Finding>> {
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("read {name}"));
    let code = Code { sources, supergraph: read("supergraph.yaml")?, dockerfile: read("Dockerfile")? };
    check_text(&read(FILE)?, &code)
}

fn check_text(text: &str, code: &Code) -> anyhow::Result<Vec<Finding>> {
    let mut value: Value = serde_yaml_ng::from_str(text).context("parse")?;
    // Twice, because a shared part may itself begin with another.
    value.apply_merge().context("merge the shared parts")?;
    value.apply_merge().context("merge the shared parts")?;
    let compose: Compose = serde_yaml_ng::from_value(value).context("read the services")?;
    let mut problems = Vec::new();
    for (name, service) in &compose.services {
        let found = service.problems(&compose, code)?;
        problems.extend(found.into_iter().map(|problem| format!("service {name}: {problem}")));
    }
    Ok(problems.into_iter().map(|what| Finding { file: FILE.to_owned(), line: 0, what }).collect())
}

impl Service {
    fn is_ours(&self) -> bool {
        self.image.starts_with(OUR_IMAGE)
    }

    fn problems(&self, compose: &Compose, code: &Code) -> anyhow::Result<Vec<String>> {
        let mut problems = self.dependency_problems(compose);
        problems.extend(self.exposure_problems());
        if self.is_ours() {
            problems.extend(self.program_problems(code)?);
            problems.extend(self.port_problems(code)?);
            problems.extend(self.address_problems(compose, code)?);
        }
        Ok(problems)
    }

    fn dependency_problems(&self, compose: &Compose) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, dependency) in &self.depends_on {
            match compose.services.get(name) {
                None => problems.push(format!("depends on {name}, which is no service")),
                Some(other) if dependency.condition == "service_healthy" && other.healthcheck.is_none() => {
                    problems.push(format!("waits for the health of {name}, which has no health check"));
                }
                Some(_) => {}
            }
        }
        problems
    }

    /// Ports are published in clear text: on this host alone, unless its operator chooses otherwise.
    fn exposure_problems(&self) -> Vec<String> {
        let is_local =
            |port: &&String| port.starts_with("127.0.0.1:") || port.starts_with("${PUBLISH_ADDRESS:-127.0.0.1}:");
        let exposed = self.ports.iter().filter(|port| !is_local(port));
        exposed.map(|port| format!("publishes {port} on every address of the host")).collect()
    }

    fn program_problems(&self, code: &Code) -> anyhow::Result<Vec<String>> {
        let Some(program) = self.command.first() else { return Ok(vec!["names no program".to_owned()]) };
        let Some((_, folder)) = PROGRAMS.iter().find(|(name, _)| name == program) else {
            return Ok(vec![format!("runs {program}, which is no program of ours")]);
        };
        let mut problems = Vec::new();
        if !code.dockerfile.contains(&format!("target/release/{program}")) {
            problems.push(format!("runs {program}, which is not in the image"));
        }
        if let Some(subcommand) = self.command.get(1)
            && !code.has_word(folder, &pascal(subcommand))
        {
            problems.push(format!("{program} has no subcommand {subcommand}"));
        }
        let known = code.variables(folder)?;
        let unknown = self.environment.keys().filter(|variable| !known.contains(*variable));
        problems.extend(unknown.map(|variable| format!("{program} reads no variable {variable}")));
        Ok(problems)
    }

    /// The port that the program listens on as this variable says.
    fn port_in(&self, variable: &str) -> Option<u16> {
        self.environment.get(variable)?.as_str()?.rsplit_once(':')?.1.parse().ok()
    }

    /// The port of GraphQL.
    fn bound_port(&self) -> Option<u16> {
        self.port_in("BIND")
    }

    fn port_problems(&self, code: &Code) -> anyhow::Result<Vec<String>> {
        let mut problems = Vec::new();
        let bound = self.bound_port();
        if let [program, subcommand] = self.command.as_slice()
            && subcommand == "serve"
            && bound.is_none_or(|port| !code.supergraph.contains(&format!(":{port}/graphql")))
        {
            problems.push(format!("{program} does not listen where supergraph.yaml says"));
        }
        // Of a program that has a door for clients, that alone.
        let public = self.port_in("PUBLIC_BIND").or(bound);
        for published in &self.ports {
            let inner = published.rsplit(':').next().and_then(|port| port.parse().ok());
            if inner != public {
                problems.push(format!("publishes {published}, but listens for clients on {public:?}"));
            }
        }
        let operations = self.port_in("OPERATIONS_BIND").or(bound);
        let url = Regex::new(r"http://127\.0\.0\.1:(\d+)(/\S*)").context("build a pattern")?;
        for word in self.healthcheck.iter().flat_map(|check| &check.test) {
            let Some(parts) = url.captures(word) else { continue };
            if parts[1].parse().ok() != operations {
                problems.push(format!("its health is asked on port {}, but served on {operations:?}", &parts[1]));
            }
            if !code.has_path(&parts[2]) {
                problems.push(format!("its health is asked at {}, which no program serves", &parts[2]));
            }
        }
        Ok(problems)
    }

    /// Addresses of other services in the environment: their names, ports and paths.
    fn address_problems(&self, compose: &Compose, code: &Code) -> anyhow::Result<Vec<String>> {
        let address = Regex::new(r"(?:^|//|@)([a-z][a-z0-9-]*):(\d+)(/[^\s}]*)?").context("build a pattern")?;
        let mut problems = Vec::new();
        for (variable, value) in &self.environment {
            let Some(text) = value.as_str() else { continue };
            for found in address.captures_iter(text).filter(|found| &found[1] != "localhost") {
                let Some(other) = compose.services.get(&found[1]) else {
                    problems.push(format!("{variable} names {}, which is no service", &found[1]));
                    continue;
                };
                let port: Option<u16> = found[2].parse().ok();
                let theirs = if other.is_ours() { other.bound_port() } else { port_of_image(&other.image) };
                if port != theirs {
                    problems.push(format!(
                        "{variable} names port {} of {}, which listens on {theirs:?}",
                        &found[2], &found[1]
                    ));
                }
                if let Some(path) = found.get(3).filter(|_| other.is_ours())
                    && !code.has_path(path.as_str())
                {
                    problems.push(format!("{variable} names the path {}, which no program serves", path.as_str()));
                }
            }
        }
        Ok(problems)
    }
}

impl Code<'_> {
    fn of_crate(&self, folder: &str) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(move |source| source.path.starts_with(folder) && !source.is_test())
    }

    /// The variables that a program reads: those of its own options and of the shared ones in kit.
    fn variables(&self, folder: &str) -> anyhow::Result<BTreeSet<String>> {
        let option = Regex::new(r#"\benv = "([A-Z][A-Z0-9_]*)""#).context("build a pattern")?;
        let of_kit = self.of_crate("crates/kit/").filter(|source| source.path.ends_with("config.rs"));
        let mut variables = BTreeSet::from(["RUST_LOG".to_owned()]);
        for source in self.of_crate(folder).chain(of_kit) {
            variables.extend(option.captures_iter(&source.text).map(|found| found[1].to_owned()));
        }
        Ok(variables)
    }

    fn has_word(&self, folder: &str, word: &str) -> bool {
        let is_word = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word);
        self.of_crate(folder).any(|source| is_word(&source.text))
    }

    fn has_path(&self, path: &str) -> bool {
        let literal = format!("\"{path}\"");
        self.sources.iter().any(|source| source.text.contains(&literal) && !source.path.starts_with("xtask/"))
    }
}

fn port_of_image(image: &str) -> Option<u16> {
    PORTS_OF_OTHERS.iter().find(|(start, _)| image.starts_with(start)).map(|(_, port)| *port)
}

/// `serve` as clap's enums write it: `Serve`.
fn pascal(subcommand: &str) -> String {
    let mut letters = subcommand.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
services:
  catalog:
    image: polyphony:local
    command: [catalog, serve]
    environment: { BIND: "0.0.0.0:4102", OPERATIONS_BIND: "0.0.0.0:5102", REDIS_URL: "redis://redis:6379" }
    ports: ["${PUBLISH_ADDRESS:-127.0.0.1}:4102:4102"]
    depends_on: { redis: { condition: service_healthy } }
    healthcheck: { test: [CMD, curl, "http://127.0.0.1:5102/health/ready"] }
  redis:
    image: redis:7
    healthcheck: { test: [CMD, redis-cli, ping] }
"#;

    fn findings(compose: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let sources = [
            source("subgraphs/catalog/src/main.rs", "enum Command { Serve, Migrate }"),
            source(
                "crates/kit/src/config.rs",
                "#[arg(env = \"BIND\")] #[arg(env = \"OPERATIONS_BIND\")] #[arg(env = \"REDIS_URL\")]",
            ),
            source("crates/kit/src/server.rs", "route(\"/health/ready\", x)"),
        ];
        let code = Code {
            sources: &sources,
            supergraph: "routing_url: http://127.0.0.1:4102/graphql".to_owned(),
            dockerfile: "cp target/release/catalog /programs".to_owned(),
        };
        check_text(compose, &code).unwrap().into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn what_agrees_with_the_code_is_left_alone() {
        assert!(findings(GOOD).is_empty(), "{:?}", findings(GOOD));
    }

    #[test]
    fn an_unknown_variable_program_or_subcommand_is_found() {
        assert!(findings(&GOOD.replace("REDIS_URL", "REDIS_URI"))[0].contains("reads no variable REDIS_URI"));
        assert!(findings(&GOOD.replace("[catalog, serve]", "[catalogue, serve]"))[0].contains("no program of ours"));
        assert!(findings(&GOOD.replace("[catalog, serve]", "[catalog, dance]"))[0].contains("no subcommand dance"));
    }

    #[test]
    fn wrong_ports_and_paths_are_found() {
        assert!(findings(&GOOD.replace("127.0.0.1:5102", "127.0.0.1:4102"))[0].contains("asked on port 4102"));
        assert!(findings(&GOOD.replace(":4102:4102", ":4102:5102"))[0].contains("listens for clients on Some(4102)"));
        assert!(findings(&GOOD.replace("health/ready", "healthz"))[0].contains("which no program serves"));
        assert!(findings(&GOOD.replace("redis:6379", "redis:6380"))[0].contains("listens on Some(6379)"));
        assert!(findings(&GOOD.replace("redis://redis", "redis://cache"))[0].contains("no service"));
    }

    #[test]
    fn a_port_that_is_published_on_every_address_is_found() {
        assert!(findings(&GOOD.replace("${PUBLISH_ADDRESS:-127.0.0.1}:", ""))[0].contains("every address"));
        assert!(findings(&GOOD.replace("${PUBLISH_ADDRESS:-127.0.0.1}", "0.0.0.0"))[0].contains("every address"));
    }

    #[test]
    fn waiting_for_a_health_that_nobody_checks_is_found() {
        let unchecked = GOOD.replace("    healthcheck: { test: [CMD, redis-cli, ping] }\n", "");
        assert!(findings(&unchecked)[0].contains("has no health check"));
    }
}
