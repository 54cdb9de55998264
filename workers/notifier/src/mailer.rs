//! How a mail leaves: through an SMTP server, or as a file. It knows nothing of the database.
//!
//! Both give a mail an identity that comes from its event: its `Message-ID`, and the name of its file. A mail that is sent
//! again after a crash is recognised by the one and replaces the other.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use tokio::{fs, io::AsyncWriteExt};

use crate::{
    config::MailArgs,
    domain::{Mail, mail::one_line},
};

/// A mail server that takes longer to answer has failed.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Sends mails.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Trying again makes no sense: the mail cannot be written as it is.
    #[error("the mail cannot be written")]
    Unwritable(#[source] anyhow::Error),
    /// What it gives is good no more.
    #[error("the mail came too late")]
    Stale,
    /// It did not leave this time.
    #[error("the mail did not leave")]
    NotSent(#[source] anyhow::Error),
}

impl Mailer {
    /// A mailer for these options; the folder is made if it is not there.
    pub async fn new(args: &MailArgs) -> anyhow::Result<Self> {
        let way = match (&args.smtp_url, &args.mail_dir) {
            (Some(url), _) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).context("read SMTP_URL")?;
                Way::Smtp(builder.timeout(Some(SMTP_TIMEOUT)).build())
            }
            (None, Some(folder)) => {
                fs::create_dir_all(folder).await.with_context(|| format!("make the folder {}", folder.display()))?;
                Way::Folder(folder.clone())
            }
            (None, None) => anyhow::bail!("neither SMTP_URL nor MAIL_DIR is set"),
        };
        Ok(Self { from: args.mail_from.clone(), way })
    }

    /// Sends a mail; it has left when this gives `Ok`.
    pub async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = self.message(mail).map_err(SendError::Unwritable)?;
        match &self.way {
            Way::Smtp(transport) => {
                transport.send(message).await.map_err(|error| SendError::NotSent(error.into()))?;
                Ok(())
            }
            Way::Folder(folder) => {
                let name = format!("{}.eml", mail.event_id);
                write_whole(folder, &name, &message.formatted()).await.map_err(SendError::NotSent)
            }
        }
    }

    fn message(&self, mail: &Mail) -> anyhow::Result<Message> {
        let address: Address = mail.to.email.parse().context("read the address")?;
        let name = Some(one_line(&mail.to.display_name)).filter(|name| !name.is_empty());
        let words = mail.letter.words(&mail.to.display_name);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(words.subject)
            .message_id(Some(format!("<{}@{}>", mail.event_id, self.from.email.domain())))
            .date(mail.created_at.into())
            .header(AutoSubmitted)
            .singlepart(SinglePart::plain(words.text))
            .context("build the mail")
    }
}

/// Writes a file that is there whole or not at all, also when the machine stops.
async fn write_whole(folder: &std::path::Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    let (unfinished, finished) = (folder.join(format!(".{name}.unfinished")), folder.join(name));
    let mut file = fs::File::create(&unfinished).await.context("create the file")?;
    file.write_all(content).await.context("write the file")?;
    file.sync_all().await.context("write the file to disk")?;
    fs::rename(&unfinished, &finished).await.context("move the file into place")
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no out-of-office answers, please.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
