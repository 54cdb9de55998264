//! A mail server for tests: the other side of the protocol, on a port of its own, which can be told to refuse.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A mail that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) to: String,
    pub(crate) data: String,
}

/// The server; it ends when it is dropped.
pub(crate) struct MailServer {
    pub(crate) url: String,
    pub(crate) refuses: Arc<AtomicBool>,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    _tasks: JoinSet<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (refuses, arrived) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (refuses.clone(), arrived.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(talk(stream, told.clone(), kept.clone()));
            }
        });
        Self { url, refuses, arrived, _tasks: tasks }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, refuses: Arc<AtomicBool>, arrived: Arc<Mutex<Vec<Arrived>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut to, mut data) = (String::new(), None::<String>);
    write.write_all(b"220 test\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut data {
            if line != "." {
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
                text.push_str("\r\n");
                continue;
            }
            arrived.lock().unwrap().push(Arrived { to: to.clone(), data: data.take().unwrap() });
            write.write_all(b"250 kept\r\n").await.unwrap();
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "RCPT" if refuses.load(Ordering::SeqCst) => "451 not now",
            "RCPT" => {
                line.trim_start_matches("RCPT TO:<").trim_end_matches('>').clone_into(&mut to);
                "250 ok"
            }
            "DATA" => {
                data = Some(String::new());
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
