//! The commands, a file each.

mod dlq;
mod jobs;
mod login;
mod logout;
mod manual;
mod playlist;
mod search;
mod whoami;

use std::process::ExitCode;

use crate::{
    client::{Client, Endpoint},
    config::{Cli, Command, GlobalArgs},
    import, listen,
    session::{Session, SessionStore},
};

pub(crate) use whoami::viewer;

/// Does what the command line asks for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    match cli.command {
        Command::Login(args) => login::run(&global, args).await?,
        Command::Logout(args) => logout::run(&global, &args).await?,
        Command::Whoami => whoami::run(&client(&global)?, global.json).await?,
        Command::Import(args) => return import::run(client(&global)?, args, global.json).await,
        Command::Listen(args) => return listen::run(client(&global)?, args, global.json).await,
        Command::Search(args) => search::run(&client(&global)?, args, global.json).await?,
        Command::Playlist(command) => playlist::run(&client(&global)?, command, global.json).await?,
        Command::Jobs(command) => jobs::run(&client(&global)?, command, global.json).await?,
        Command::Dlq(args) => dlq::run(args, global.json).await?,
        Command::Completions { shell } => manual::completions(shell)?,
        Command::Man { dir } => manual::pages(dir.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn client(global: &GlobalArgs) -> anyhow::Result<Client> {
    let store = SessionStore::new(global.config_dir.clone())?;
    Ok(Client {
        endpoint: Endpoint::new(&global.server)?,
        session: Session::new(global.token.clone().or_else(|| global.api_key.clone()), store),
    })
}
