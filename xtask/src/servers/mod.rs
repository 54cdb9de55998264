//! The backing servers that this machine can start by itself: PostgreSQL, Redis, and the embedded S3 and Kafka.
//! Used by `up` for a platform that stays and by `test` for one run.

pub(crate) mod embedded;
pub(crate) mod postgres;
pub(crate) mod private;
pub(crate) mod redis;
