//! The servers of the `devstack` program: S3 on a folder and a Kafka broker on a file.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use rustix::process::Signal;

use crate::part::Part;
use crate::probe::Probe;
use crate::secrets::Secrets;

/// The bucket that is made at the start.
pub(crate) const BUCKET: &str = "polyphony";

/// A part that serves a folder as S3.
pub(crate) fn s3(bin: &Path, folder: &Path, bind: SocketAddr, secrets: &Secrets) -> Part {
    let port = bind.port();
    // All addresses are reached at the loopback one too.
    let host = Some(bind.ip()).filter(|address| !address.is_unspecified());
    let host = host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    Part {
        name: "s3".to_owned(),
        program: bin.join("devstack"),
        args: vec!["s3".to_owned()],
        env: BTreeMap::from([
            ("S3_BIND".to_owned(), bind.to_string()),
            ("S3_DATA".to_owned(), folder.display().to_string()),
            ("S3_BUCKET".to_owned(), BUCKET.to_owned()),
            ("S3_ACCESS_KEY_ID".to_owned(), secrets.get("s3_access_key_id").to_owned()),
            ("S3_SECRET_ACCESS_KEY".to_owned(), secrets.get("s3_secret_access_key").to_owned()),
        ]),
        unset: Vec::new(),
        user: None,
        stop: Signal::TERM,
        probe: Probe::Connect { port, host: Some(host) },
        port,
        url: Some(format!("http://{}", SocketAddr::new(host, port))),
    }
}

/// A part that serves the Kafka protocol from a file in a folder.
pub(crate) fn kafka(bin: &Path, folder: &Path, port: u16) -> Part {
    Part {
        name: "kafka".to_owned(),
        program: bin.join("devstack"),
        args: vec!["kafka".to_owned()],
        env: BTreeMap::from([
            ("KAFKA_BIND".to_owned(), format!("127.0.0.1:{port}")),
            ("KAFKA_DATA".to_owned(), folder.display().to_string()),
        ]),
        unset: Vec::new(),
        user: None,
        stop: Signal::TERM,
        probe: Probe::Connect { port, host: None },
        port,
        url: None,
    }
}
