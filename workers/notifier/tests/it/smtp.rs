//! A mail server for tests: the other side of the protocol, on a port of its own, which can be told to refuse, and go away.

use std::sync::{Arc, Mutex};

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

/// What the server does beside taking mail.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    /// What it answers to each recipient whose address contains the first of these.
    pub(crate) recipients: Vec<(&'static str, &'static str)>,
    /// What it greets with, when it does not let anybody in.
    pub(crate) greeting: Option<&'static str>,
    /// Whether it takes addresses beyond ASCII.
    pub(crate) smtputf8: bool,
}

/// The server; it ends when it is dropped.
pub(crate) struct MailServer {
    pub(crate) url: String,
    pub(crate) rules: Arc<Mutex<Rules>>,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    _tasks: JoinSet<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// The server on this port.
    pub(crate) fn at(listener: TcpListener) -> Self {
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (rules, arrived) = (Arc::new(Mutex::new(Rules::default())), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (rules.clone(), arrived.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(talk(stream, told.clone(), kept.clone()));
            }
        });
        Self { url, rules, arrived, _tasks: tasks }
    }

    /// Answers this to each recipient whose address contains `part`.
    pub(crate) fn answer(&self, part: &'static str, answer: &'static str) {
        self.rules.lock().unwrap().recipients.push((part, answer));
    }

    /// Takes everything again.
    pub(crate) fn be_kind(&self) {
        *self.rules.lock().unwrap() = Rules::default();
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, rules: Arc<Mutex<Rules>>, arrived: Arc<Mutex<Vec<Arrived>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut to, mut data) = (String::new(), None::<String>);
    let greeting = rules.lock().unwrap().greeting;
    let _ = write.write_all(format!("{}\r\n", greeting.unwrap_or("220 test")).as_bytes()).await;
    if greeting.is_some() {
        return;
    }
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
        let rules = rules.lock().unwrap().clone();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" if rules.smtputf8 => "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "RCPT" => {
                line.trim_start_matches("RCPT TO:<").trim_end_matches('>').clone_into(&mut to);
                rules.recipients.iter().find(|(part, _)| to.contains(part)).map_or("250 ok", |(_, answer)| answer)
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
