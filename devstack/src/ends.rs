//! Remembers where each partition ends, so that consumers who wait for records cost next to nothing.
//!
//! The broker answers a waiting consumer by asking its storage for every partition again and again, some hundred times a
//! second; with `SQLite` below, a handful of idle consumers kept half a processor busy. All writes pass through here, so
//! what is remembered is dropped exactly when it changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use nisshi_sans_io::create_topics_request::CreatableTopic;
use nisshi_sans_io::delete_groups_response::DeletableGroupResult;
use nisshi_sans_io::delete_records_request::DeleteRecordsTopic;
use nisshi_sans_io::delete_records_response::DeleteRecordsTopicResult;
use nisshi_sans_io::describe_cluster_response::DescribeClusterBroker;
use nisshi_sans_io::describe_configs_response::DescribeConfigsResult;
use nisshi_sans_io::describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic;
use nisshi_sans_io::incremental_alter_configs_request::AlterConfigsResource;
use nisshi_sans_io::incremental_alter_configs_response::AlterConfigsResourceResponse;
use nisshi_sans_io::list_groups_response::ListedGroup;
use nisshi_sans_io::record::deflated::Batch;
use nisshi_sans_io::txn_offset_commit_response::TxnOffsetCommitResponseTopic;
use nisshi_sans_io::{ConfigResource, ErrorCode, IsolationLevel, ListOffset, ScramMechanism};
use nisshi_storage::{
    ArcDynStorage, BrokerRegistrationRequest, GroupDetail, ListOffsetResponse, MetadataResponse, NamedGroupDetail,
    OffsetCommitRequest, OffsetStage, ProducerIdResponse, Result, ScramCredential, Storage, TopicId, Topition,
    TxnAddPartitionsRequest, TxnAddPartitionsResponse, TxnOffsetCommitRequest, UpdateError, Version,
};
use url::Url;
use uuid::Uuid;

use crate::patience::Patience;

/// A storage and what is remembered of it.
#[derive(Debug)]
pub(crate) struct RemembersEnds {
    storage: ArcDynStorage,
    known: Mutex<Known>,
    patience: Patience,
}

#[derive(Debug, Default)]
struct Known {
    ends: HashMap<Topition, OffsetStage>,
    /// Answers by the topics that were asked for.
    metadata: HashMap<Vec<TopicId>, MetadataResponse>,
    /// Grows with every change. What was read before a change must not be remembered after it.
    changes: u64,
}

impl RemembersEnds {
    pub(crate) fn new(storage: ArcDynStorage) -> Self {
        Self { storage, known: Mutex::default(), patience: Patience::new() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it holds the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, topition: &Topition) {
        let mut known = self.known();
        known.changes += 1;
        known.ends.remove(topition);
        drop(known);
        self.patience.wake_all();
    }

    fn all_changed(&self) {
        let mut known = self.known();
        *known = Known { changes: known.changes + 1, ..Known::default() };
    }

    async fn end_of(&self, topition: &Topition) -> Result<OffsetStage> {
        let changes = {
            let known = self.known();
            if let Some(end) = known.ends.get(topition) {
                return Ok(*end);
            }
            known.changes
        };
        let end = self.storage.offset_stage(topition).await?;
        let mut known = self.known();
        if known.changes == changes {
            known.ends.insert(topition.clone(), end);
        }
        Ok(end)
    }

    async fn metadata_of(&self, topics: &[TopicId]) -> Result<MetadataResponse> {
        let changes = {
            let known = self.known();
            if let Some(metadata) = known.metadata.get(topics) {
                return Ok(metadata.clone());
            }
            known.changes
        };
        let metadata = self.storage.metadata(Some(topics)).await?;
        let mut known = self.known();
        if known.changes == changes {
            known.metadata.insert(topics.to_vec(), metadata.clone());
        }
        Ok(metadata)
    }
}

/// Writes the trait's implementation: what is remembered, what changes it, and the rest, which is passed on as it is.
macro_rules! storage {
    (
        passed on: { $($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)* }
        changes all: { $($change:ident($($change_arg:ident: $change_type:ty),*) -> $change_out:ty;)* }
    ) => {
        #[async_trait::async_trait]
        impl Storage for RemembersEnds {
            async fn produce(&self, transaction: Option<&str>, topition: &Topition, batch: Batch) -> Result<i64> {
                let produced = self.storage.produce(transaction, topition, batch).await;
                self.changed(topition);
                produced
            }

            async fn fetch(
                &self,
                topition: &Topition,
                offset: i64,
                min_bytes: u32,
                max_bytes: u32,
                isolation: IsolationLevel,
                max_wait: Duration,
            ) -> Result<Vec<Batch>> {
                if offset >= self.end_of(topition).await?.high_watermark() {
                    self.patience.wait(topition, max_wait).await;
                    return Ok(Vec::new());
                }
                self.storage.fetch(topition, offset, min_bytes, max_bytes, isolation, max_wait).await
            }

            async fn offset_stage(&self, topition: &Topition) -> Result<OffsetStage> {
                self.end_of(topition).await
            }

            async fn metadata(&self, topics: Option<&[TopicId]>) -> Result<MetadataResponse> {
                match topics {
                    Some(topics) => self.metadata_of(topics).await,
                    None => self.storage.metadata(None).await,
                }
            }

            async fn update_group(
                &self,
                group: &str,
                detail: GroupDetail,
                version: Option<Version>,
            ) -> std::result::Result<Version, UpdateError<GroupDetail>> {
                self.storage.update_group(group, detail, version).await
            }

            $(async fn $change(&self, $($change_arg: $change_type),*) -> Result<$change_out> {
                let done = self.storage.$change($($change_arg),*).await;
                self.all_changed();
                done
            })*

            $(async fn $name(&self, $($arg: $type),*) -> Result<$out> {
                self.storage.$name($($arg),*).await
            })*
        }
    };
}

storage! {
    passed on: {
        brokers() -> Vec<DescribeClusterBroker>;
        list_offsets(isolation: IsolationLevel, offsets: &[(Topition, ListOffset)]) -> Vec<(Topition, ListOffsetResponse)>;
        offset_commit(
            group: &str,
            retention: Option<Duration>,
            offsets: &[(Topition, OffsetCommitRequest)]
        ) -> Vec<(Topition, ErrorCode)>;
        offset_fetch(group: Option<&str>, topics: &[Topition], stable: Option<bool>) -> BTreeMap<Topition, i64>;
        committed_offset_topitions(group: &str) -> BTreeMap<Topition, i64>;
        upsert_user_scram_credential(user: &str, mechanism: ScramMechanism, credential: ScramCredential) -> ();
        delete_user_scram_credential(user: &str, mechanism: ScramMechanism) -> ();
        user_scram_credential(user: &str, mechanism: ScramMechanism) -> Option<ScramCredential>;
        describe_config(name: &str, resource: ConfigResource, keys: Option<&[String]>) -> DescribeConfigsResult;
        list_groups(states: Option<&[String]>) -> Vec<ListedGroup>;
        delete_groups(groups: Option<&[String]>) -> Vec<DeletableGroupResult>;
        describe_groups(groups: Option<&[String]>, operations: bool) -> Vec<NamedGroupDetail>;
        describe_topic_partitions(
            topics: Option<&[TopicId]>,
            limit: i32,
            cursor: Option<Topition>
        ) -> Vec<DescribeTopicPartitionsResponseTopic>;
        init_producer(
            transaction: Option<&str>,
            timeout_ms: i32,
            producer: Option<i64>,
            epoch: Option<i16>
        ) -> ProducerIdResponse;
        txn_add_offsets(transaction: &str, producer: i64, epoch: i16, group: &str) -> ErrorCode;
        txn_add_partitions(partitions: TxnAddPartitionsRequest) -> TxnAddPartitionsResponse;
        txn_offset_commit(offsets: TxnOffsetCommitRequest) -> Vec<TxnOffsetCommitResponseTopic>;
        cluster_id() -> String;
        node() -> i32;
        advertised_listener() -> Url;
        ping() -> ();
    }
    changes all: {
        register_broker(registration: BrokerRegistrationRequest) -> ();
        create_topic(topic: CreatableTopic, validate_only: bool) -> Uuid;
        incremental_alter_resource(resource: AlterConfigsResource) -> AlterConfigsResourceResponse;
        delete_records(topics: &[DeleteRecordsTopic]) -> Vec<DeleteRecordsTopicResult>;
        delete_topic(topic: &TopicId) -> ErrorCode;
        txn_end(transaction: &str, producer: i64, epoch: i16, committed: bool) -> ErrorCode;
        maintain(now: SystemTime) -> ();
    }
}
