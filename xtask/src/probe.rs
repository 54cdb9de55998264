//! Whether a server is ready, asked in its own protocol over the loopback address.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::secrets::Secrets;

/// How long a ready server may take to say so.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where parts listen that nobody else reaches.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What every part of ours answers with 200 when it is ready.
pub(crate) const READY_PATH: &str = "/health/ready";

/// How to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum Probe {
    /// A connection is accepted.
    Connect {
        port: u16,
        /// Another address than the loopback one.
        #[serde(default)]
        host: Option<IpAddr>,
    },
    /// `GET path` is answered with 200.
    Http { port: u16, path: String },
    /// The password is taken and `PING` is answered.
    Redis { port: u16 },
    /// `pg_isready` agrees.
    Postgres { port: u16, pg_isready: PathBuf },
}

impl Probe {
    /// The port of health and metrics, of a part of ours.
    pub(crate) fn operations_port(&self) -> Option<u16> {
        match self {
            Self::Http { port, path } if path == READY_PATH => Some(*port),
            _ => None,
        }
    }

    /// Asks once.
    pub(crate) fn is_ready(&self, secrets: &Secrets) -> bool {
        match self {
            Self::Connect { port, host } => connect_to(host.unwrap_or(LOOPBACK), *port).is_some(),
            Self::Http { port, path } => http_status(*port, path) == Some(200),
            Self::Redis { port } => {
                let ask = format!("AUTH {}\r\nPING\r\nQUIT\r\n", secrets.get("redis_password"));
                converse(*port, &ask).is_some_and(|answer| answer.contains("+PONG"))
            }
            Self::Postgres { port, pg_isready } => Command::new(pg_isready)
                .args(["-q", "-h", "127.0.0.1", "-d", "postgres", "-U", "postgres", "-t", "1", "-p"])
                .arg(port.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

/// The status of a GET request; `None` when nothing that speaks HTTP answers.
fn http_status(port: u16, path: &str) -> Option<u16> {
    let ask = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
    status_of(&converse(port, &ask)?)
}

fn status_of(answer: &str) -> Option<u16> {
    let (version, rest) = answer.split_once(' ')?;
    version.starts_with("HTTP/").then_some(())?;
    rest.get(..3)?.parse().ok()
}

fn connect(port: u16) -> Option<TcpStream> {
    connect_to(LOOPBACK, port)
}

fn connect_to(host: IpAddr, port: u16) -> Option<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::new(host, port), PATIENCE).ok()
}

fn converse(port: u16, ask: &str) -> Option<String> {
    let mut stream = connect(port)?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(ask.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // The start of an answer is enough, and a server that keeps the connection open has given it by the time limit.
    let _ = stream.take(4096).read_to_end(&mut answer);
    (!answer.is_empty()).then(|| String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_an_http_answer_only() {
        assert_eq!(status_of("HTTP/1.1 503 Service Unavailable\r\n"), Some(503));
        assert_eq!(status_of("-ERR unknown command 'GET'\r\n"), None);
        assert_eq!(status_of("HTTP/1.1"), None);
    }
}
