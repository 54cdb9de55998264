//! `cargo xtask`: everything a developer or a script does with this repository, beyond plain cargo.
//! It starts and checks processes; it knows their names, flags and ports, and nothing of what they do.

mod bench;
mod data;
mod down;
mod part;
mod ports;
mod prerequisites;
mod probe;
mod process;
mod schema;
mod secrets;
mod servers;
mod sqlx;
mod status;
mod test;
mod tidy;
mod up;
mod web;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The data folder, relative to the root of the repository.
const DATA: &str = ".polyphony";

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Runs, tests and checks Polyphony")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the whole platform on this machine, until Ctrl-C or in the background.
    Up(Box<up::UpArgs>),
    /// Stop the platform that runs on a data folder.
    Down(DataArgs),
    /// Say where each part of the platform listens and how it is.
    Status(status::StatusArgs),
    /// Install everything that this machine lacks to build, run and check the platform.
    Prepare,
    /// Serve the web player for development, with the API of the platform that runs.
    Web(web::WebArgs),
    /// Run every test, against private servers that are started for it.
    Test(test::TestArgs),
    /// Start the private servers that tests use, print their variables and wait for Ctrl-C.
    Env,
    /// Export each subgraph's schema from its code and compose the supergraph.
    Schema(CheckArgs),
    /// Describe every SQL query against a private database, for builds without one.
    Sqlx(sqlx::SqlxArgs),
    /// Check what compilers do not: layers, file lengths, module docs, docker-compose.yml.
    Tidy,
    /// Build and run a benchmark.
    Bench(bench::BenchArgs),
}

/// The data folder of a platform on this machine.
#[derive(clap::Args)]
struct DataArgs {
    /// The folder that holds all data; `.polyphony` of the repository by default.
    #[arg(long, env = "POLYPHONY_DATA")]
    data: Option<PathBuf>,
}

#[derive(clap::Args)]
struct CheckArgs {
    /// Change nothing; fail when the committed files are not what the code says.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Up(args) => up::run(*args),
        Task::Down(args) => down::run(&args),
        Task::Status(args) => status::run(&args),
        Task::Prepare => prerequisites::prepare(),
        Task::Web(args) => web::serve(&args),
        Task::Test(args) => test::run(&args),
        Task::Env => test::env(),
        Task::Schema(args) => schema::run(args.check),
        Task::Sqlx(args) => sqlx::run(&args),
        Task::Tidy => tidy::run(),
        Task::Bench(args) => bench::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
