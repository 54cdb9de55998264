//! PostgreSQL: the pool, the plumbing's own tables, and reading constraint violations.

use std::time::Duration;

use anyhow::Context;
use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// A statement that takes longer is ended by the server: no request may hold a connection for ever.
const STATEMENT_TIMEOUT: &str = "15s";
/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Our statements are short: compiling them, or starting processes to share one, takes longer than they do.
const FOR_SHORT_STATEMENTS: [(&str, &str); 2] = [("jit", "off"), ("max_parallel_workers_per_gather", "0")];
/// A connection that was not used for so long is asked whether it is still one before it is used again.
const PROVEN_FOR: Duration = Duration::from_secs(1);

/// Tables of the plumbing (outbox, inbox, idempotency keys); the statements can be run again and again.
const PLUMBING: &str = include_str!("../sql/plumbing.sql");
/// Serialises migrations of several processes that start at once.
const MIGRATION_LOCK: i64 = 0x0070_6f6c_7970_686f;

/// Opens a pool; the first connection is made when it is needed, so that a service starts while its database is down.
pub fn connect(url: &str, max_connections: u32) -> anyhow::Result<PgPool> {
    let options: PgConnectOptions = url.parse().context("read the database URL")?;
    let options =
        options.options([("statement_timeout", STATEMENT_TIMEOUT), ("timezone", "UTC")]).options(FOR_SHORT_STATEMENTS);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > PROVEN_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// Makes or completes the tables of the plumbing, then those of the service.
pub async fn migrate(pool: &PgPool, service: &Migrator) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.context("connect to the database")?;
    sqlx::query("select pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut *connection).await?;
    let plumbing = sqlx::raw_sql(PLUMBING).execute(&mut *connection).await;
    sqlx::query("select pg_advisory_unlock($1)").bind(MIGRATION_LOCK).execute(&mut *connection).await?;
    plumbing.context("make the plumbing's tables")?;
    // What rewrites a large table takes longer than any request may.
    sqlx::query("set statement_timeout = 0").execute(&mut *connection).await?;
    let migrated = service.run(&mut *connection).await;
    sqlx::query("reset statement_timeout").execute(&mut *connection).await?;
    migrated.context("migrate the database")
}

/// Whether the database answers.
pub async fn ping(pool: &PgPool) -> anyhow::Result<()> {
    sqlx::query("select 1").execute(pool).await.context("ask the database")?;
    Ok(())
}

/// The name of the constraint that a write violated, if that is what went wrong.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// Whether the database could not be reached or gave up for want of resources, so that trying again later makes sense. A statement
/// that took too long (57014 `query_canceled`) or waited too long for a lock (55P03 `lock_not_available`) would do so again.
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Classes 08 connection, 40 rollback (deadlock, serialisation), 53 resources, 57P operator intervention.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// Waits in line for the lock of this name until the transaction ends.
pub async fn lock(tx: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))").bind(name).execute(tx).await?;
    Ok(())
}
