//! `polyphony login`.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, bail};
use cynic::MutationBuilder;

use super::whoami;
use crate::{
    api::accepted,
    api::auth::{Login, LoginInput, LoginVariables},
    api::viewer::SignedIn,
    client::Endpoint,
    config::{GlobalArgs, LoginArgs},
    output,
    session::{SessionStore, Tokens},
};

pub(super) async fn run(global: &GlobalArgs, args: LoginArgs) -> anyhow::Result<()> {
    let endpoint = Endpoint::new(&global.server)?;
    let store = SessionStore::new(global.config_dir.clone())?;
    let (email, password) = credentials(args)?;
    let input = LoginInput { email, password, device_name: Some("polyphony command line".to_owned()) };
    let (answer, _) = endpoint.send(&Login::build(LoginVariables { input }), None).await?;
    accepted(answer.login.user_errors)?;
    let tokens = Tokens::from(answer.login.tokens.context("the server signed us in without tokens")?);
    store.lock().await?.write(&endpoint.url, Some(&tokens))?;
    let server = endpoint.url.origin().ascii_serialization();
    let viewer = SignedIn::from(answer.login.viewer.context("the server did not say whom it signed in")?);
    output::print(global.json, &viewer, |viewer| format!("Signed in to {server} as {}", whoami::describe(viewer)))
}

fn credentials(args: LoginArgs) -> anyhow::Result<(String, String)> {
    let email = match args.email {
        Some(email) => email,
        None => ask("E-mail: ")?,
    };
    let password = match args.password {
        _ if args.password_stdin => line_of_stdin()?,
        Some(password) => password,
        None => ask_secret("Password: ")?,
    };
    Ok((email, password))
}

fn ask(question: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        bail!("no e-mail address given: use --email");
    }
    eprint!("{question}");
    io::stderr().flush().context("ask")?;
    line_of_stdin()
}

fn ask_secret(question: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        bail!("no password given: use --password-stdin");
    }
    eprint!("{question}");
    io::stderr().flush().context("ask")?;
    console::Term::stderr().read_secure_line().context("read the password")
}

fn line_of_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("read from stdin")?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("nothing was entered");
    }
    Ok(line.to_owned())
}
