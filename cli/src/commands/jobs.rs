//! `polyphony jobs retry`.

use cynic::MutationBuilder;
use serde_json::json;

use crate::{
    api::{
        accepted,
        jobs::{Retry, RetryVariables},
    },
    client::Client,
    config::JobsCommand,
    output::print,
};

pub(super) async fn run(client: &Client, command: JobsCommand, json: bool) -> anyhow::Result<()> {
    let JobsCommand::Retry { everybody, .. } = command;
    let mut retried = Vec::new();
    loop {
        let page = client.run(Retry::build(RetryVariables { everybody })).await?.retry_transcodes;
        accepted(page.user_errors)?;
        let is_last = page.remaining == 0 || page.jobs.is_empty();
        retried.extend(page.jobs.into_iter().map(|job| job.id.into_inner()));
        if is_last {
            break;
        }
    }
    print(json, &json!({ "retried": retried }), |_| match retried.len() {
        0 => "No job has failed that another attempt could help.".to_owned(),
        1 => "1 job waits again.".to_owned(),
        count => format!("{count} jobs wait again."),
    })
}
