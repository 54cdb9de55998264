//! `polyphony completions` and `polyphony man`: made of the options themselves.

use std::{
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::config::Cli;

/// Prints the script that completes words in this shell.
pub(super) fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "polyphony", &mut script);
    print(&script)
}

/// Prints the manual page, or writes the pages of all commands into a folder.
pub(super) fn pages(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else {
        return print(&page(Cli::command())?);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let all = Cli::command();
    clap_mangen::generate_to(all, folder).with_context(|| format!("write pages into {}", folder.display()))
}

fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).context("render the manual page")?;
    Ok(page)
}

fn print(text: &[u8]) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_manual_page() {
        let folder = tempfile::tempdir().unwrap();
        pages(Some(folder.path())).unwrap();
        let page = std::fs::read_to_string(folder.path().join("polyphony-import.1")).unwrap();
        assert!(page.contains("dry") && page.contains("watch"), "{page}");
        assert!(folder.path().join("polyphony-playlist-add.1").exists() && folder.path().join("polyphony.1").exists());
    }

    #[test]
    fn scripts_of_shells_know_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "polyphony", &mut script);
            assert!(String::from_utf8(script).unwrap().contains("import"), "{shell}");
        }
    }
}
