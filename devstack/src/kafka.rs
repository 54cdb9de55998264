//! The embedded Kafka broker: a `nisshi` broker that keeps its log in one `SQLite` file of the data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use nisshi_broker::NODE_ID;
use nisshi_broker::broker::Broker;
use nisshi_broker::coordinator::group::administrator::Controller;
use nisshi_storage::{ArcDynStorage, StorageContainer};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::ends::RemembersEnds;
use crate::shutdown;

/// The name of the cluster of one.
const CLUSTER: &str = "polyphony";
/// The broker's file inside the data folder.
const STORAGE: &str = "sqlite:///broker.db";

#[derive(Args)]
pub(crate) struct KafkaArgs {
    /// The address to listen on.
    #[arg(long, env = "KAFKA_BIND", default_value = "127.0.0.1:9092")]
    bind: SocketAddr,
    /// The address that clients are told to connect to; the bound one by default.
    #[arg(long, env = "KAFKA_ADVERTISED")]
    advertised: Option<String>,
    /// The folder that holds the broker's file; made when it is missing.
    #[arg(long, env = "KAFKA_DATA")]
    data: PathBuf,
}

/// Serves until a signal asks to stop. Every acknowledged record is in the file by then (the log is write-ahead).
pub(crate) async fn serve(args: KafkaArgs) -> anyhow::Result<()> {
    let stop = shutdown::requested()?;
    std::fs::create_dir_all(&args.data).with_context(|| format!("create the data folder {}", args.data.display()))?;
    // The storage URL can only name a path below the working directory.
    std::env::set_current_dir(&args.data).with_context(|| format!("enter the data folder {}", args.data.display()))?;
    let listener = format!("tcp://{}", args.bind);
    let advertised = match &args.advertised {
        Some(address) => format!("tcp://{address}"),
        None => listener.clone(),
    };
    let listener = Url::parse(&listener).context("parse the bound address")?;
    let advertised = Url::parse(&advertised).context("parse the advertised address")?;
    let storage = open_storage(&advertised).await?;
    let groups = Controller::with_storage(storage.clone()).context("open the broker's groups")?;
    let mut broker = Broker::new(NODE_ID, CLUSTER, listener, advertised, storage, groups, Uuid::now_v7());
    tracing::info!(address = %args.bind, "kafka broker listens");
    tokio::select! {
        served = broker.serve(Instant::now()) => served.context("serve the Kafka protocol"),
        () = stop => Ok(()),
    }
}

async fn open_storage(advertised: &Url) -> anyhow::Result<ArcDynStorage> {
    let storage = StorageContainer::builder()
        .cluster_id(CLUSTER)
        .node_id(NODE_ID)
        .advertised_listener(advertised.clone())
        .schema_registry(None)
        .lake_house(None)
        .storage(Url::parse(STORAGE).context("parse the storage address")?)
        .silent(true)
        .build()
        .await
        .context("open the broker's storage")?;
    Ok(Arc::new(RemembersEnds::new(Arc::new(storage))))
}
