//! Starts the built `devstack` program on a free port and ends it with the test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
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
        let child = Command::new(program())
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

/// The program in `POLYPHONY_BIN_DIR`, else the one in the folder that this test was built in.
fn program() -> PathBuf {
    let folder = std::env::var_os("POLYPHONY_BIN_DIR")
        .map_or_else(|| std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned(), PathBuf::from);
    let program = folder.join("devstack");
    assert!(program.is_file(), "{} is missing: run `cargo build -p polyphony-devstack`", program.display());
    program
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
