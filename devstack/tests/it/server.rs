//! Starts the built `devstack` program on a free port and ends it with the test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts `devstack <kind>`; flags are those that the kind needs beside its address and folder.
    pub(crate) fn start(kind: &str, data: &Path, port: u16, flags: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_devstack"))
            .arg(kind)
            .args(["--bind", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .args(flags)
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < deadline, "devstack {kind} did not start");
            sleep(Duration::from_millis(20));
        }
        server
    }

    /// Asks the process to end and says how long it took and whether it ended well.
    pub(crate) fn terminate(mut self) -> (Duration, bool) {
        let begin = Instant::now();
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let status = self.child.wait().unwrap();
        (begin.elapsed(), status.success())
    }
}

impl Drop for Server {
    /// As a crash would: the data must survive it.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
