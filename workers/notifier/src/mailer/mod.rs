//! How a mail leaves: through an SMTP server, or as a file. It knows nothing of the database.
//!
//! Both give a mail an identity that comes from its event: its `Message-ID`, and the name of its file. A mail that is sent
//! again after a crash is recognised by the one and replaces the other.

mod error;
mod headers;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, SinglePart},
};
use polyphony_events::accounts::UNSUBSCRIBE_CONTEXT;
use polyphony_kit::{UserId, seal::Sealer};
use tokio::{fs, io::AsyncWriteExt, time::timeout};

pub use self::error::SendError;
use self::headers::{AutoSubmitted, ListUnsubscribe};
use crate::{
    config::MailArgs,
    domain::{Completion, Mail, words::one_line},
};

/// A mail server that takes longer to answer one command has failed.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// A mail that takes longer than this, over all commands, has not left.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// Sends mails.
pub struct Mailer {
    from: Mailbox,
    web_url: Option<String>,
    sealer: Sealer,
    route: Route,
}

enum Route {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Mailer {
    /// A mailer for these options; the folder is made if it is not there. It opens with `sealer` what mails carry sealed.
    pub async fn new(args: &MailArgs, sealer: Sealer) -> anyhow::Result<Self> {
        let route = match (&args.smtp_url, &args.mail_dir) {
            (Some(url), _) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).context("read SMTP_URL")?;
                Route::Smtp(builder.timeout(Some(COMMAND_TIMEOUT)).build())
            }
            (None, Some(folder)) => {
                fs::create_dir_all(folder).await.with_context(|| format!("make the folder {}", folder.display()))?;
                Route::Folder(folder.clone())
            }
            (None, None) => anyhow::bail!("neither SMTP_URL nor MAIL_DIR is set"),
        };
        let web_url = args.web_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { from: args.mail_from.clone(), web_url, sealer, route })
    }

    /// Sends a mail; it has left when this gives `Ok`.
    pub async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = self.message(mail)?;
        match &self.route {
            Route::Smtp(transport) => match timeout(SEND_TIMEOUT, transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(SendError::of_smtp(&error, &mail.to.email)),
                Err(_) => Err(SendError::Deferred("the mail server took too long".to_owned())),
            },
            Route::Folder(folder) => {
                let name = format!("{}.eml", mail.event_id);
                let written = write_whole(folder, &name, &message.formatted()).await;
                written.map_err(|error| SendError::Deferred(format!("{error:#}")))
            }
        }
    }

    /// Whether the mail server lets us in. A folder that a mail could not be written to counts as away.
    pub async fn is_reachable(&self) -> bool {
        match &self.route {
            Route::Smtp(transport) => {
                matches!(timeout(COMMAND_TIMEOUT, transport.test_connection()).await, Ok(Ok(true)))
            }
            Route::Folder(_) => false,
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, SendError> {
        let code = mail.letter.open_code(&self.sealer, &mail.to.email).map_err(SendError::Sealed)?;
        let unsubscribe_url = self.unsubscribe_url(mail).map_err(SendError::Unwritable)?;
        let (code, unsubscribe_url) = (code.as_deref(), unsubscribe_url.as_deref());
        let with = Completion { code, unsubscribe_url, web_url: self.web_url.as_deref() };
        self.build(mail, with).map_err(SendError::Unwritable)
    }

    fn build(&self, mail: &Mail, with: Completion<'_>) -> anyhow::Result<Message> {
        let address = deliverable(&mail.to.email)?;
        let name = Some(one_line(&mail.to.display_name)).filter(|name| !name.is_empty());
        let words = mail.letter.words(&mail.to.display_name, with);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(words.subject)
            .message_id(Some(format!("<{}@{}>", mail.event_id, self.from.email.domain())))
            .date(mail.created_at.into())
            .header(AutoSubmitted);
        if let Some(url) = with.unsubscribe_url {
            message = message.header(ListUnsubscribe(url.to_owned()));
        }
        message.singlepart(SinglePart::plain(words.text)).context("build the mail")
    }

    /// Where whoever gets this mail turns off mail of its kind, without signing in; `None` for what cannot be turned off.
    fn unsubscribe_url(&self, mail: &Mail) -> anyhow::Result<Option<String>> {
        let Some(web_url) = self.web_url.as_ref().filter(|_| mail.letter.is_news()) else { return Ok(None) };
        let token = self.sealer.seal(&UserId(mail.user_id).to_string(), UNSUBSCRIBE_CONTEXT)?;
        // Behind a `#`, so that it stands in no access log.
        Ok(Some(format!("{web_url}/unsubscribe#token={token}")))
    }
}

/// The address as mail servers know it: an international domain in its ASCII form (RFC 5890). A local part beyond ASCII stays;
/// only servers with SMTPUTF8 (RFC 6531) take it.
fn deliverable(email: &str) -> anyhow::Result<Address> {
    // Not in the error: it would be in the log.
    let (local, domain) = email.rsplit_once('@').context("the address has no domain")?;
    let domain = idna::domain_to_ascii(domain).ok().context("the domain of the address is none")?;
    ensure!(!domain.is_empty(), "the domain of the address is empty");
    Address::new(local, domain).ok().context("the address is none")
}

/// Writes a file that is there whole or not at all, also when the machine stops.
async fn write_whole(folder: &std::path::Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    let (unfinished, finished) = (folder.join(format!(".{name}.unfinished")), folder.join(name));
    let mut file = fs::File::create(&unfinished).await.context("create the file")?;
    file.write_all(content).await.context("write the file")?;
    file.sync_all().await.context("write the file to disk")?;
    fs::rename(&unfinished, &finished).await.context("move the file into place")
}
