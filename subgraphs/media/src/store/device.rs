//! SQL of devices.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{DeviceId, UserId};
use polyphony_kit::Viewer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::domain::device::{Device, DeviceKind, MAX_DEVICES, NewDevice};

struct Row {
    id: DeviceId,
    user: UserId,
    name: String,
    kind: String,
    volume_percent: i32,
    last_seen_at: DateTime<Utc>,
}

impl TryFrom<Row> for Device {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let Row { id, user, name, kind, volume_percent, last_seen_at } = row;
        let kind = DeviceKind::parse(&kind).ok_or_else(|| unknown("kind", &kind))?;
        Ok(Self { id, user, name, kind, volume_percent, last_seen_at })
    }
}

impl Store {
    /// A person's devices, those seen last first.
    pub async fn devices_of(&self, user: UserId) -> Result<Vec<Device>, sqlx::Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"
            select id as "id: DeviceId", user_id as "user: UserId", name, kind, volume_percent, last_seen_at
            from devices
            where user_id = $1
            order by last_seen_at desc, id
            limit $2
            "#,
            user.0,
            MAX_DEVICES,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Device::try_from).collect()
    }

    /// Those of the devices that `viewer` may see: their own, and those of people in the same listening session.
    pub async fn visible_devices(&self, viewer: Option<&Viewer>, ids: &[DeviceId]) -> Result<Vec<Device>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select id as "id: DeviceId", d.user_id as "user: UserId", name, kind, volume_percent, last_seen_at
            from devices d
            where id = any($1) and (
                d.user_id = $2
                or exists (
                    select
                    from participants mine
                    join participants theirs on theirs.session_id = mine.session_id
                    where mine.user_id = $2 and theirs.user_id = d.user_id
                )
            )
            "#,
            &ids,
            viewer.user.0,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Device::try_from).collect()
    }

    /// Keeps that a device began to listen; gives whether it is this person's.
    pub async fn see_device(&self, user: UserId, id: DeviceId, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let seen = sqlx::query!(
            "update devices set last_seen_at = greatest(last_seen_at, $3) where id = $1 and user_id = $2",
            id.0,
            user.0,
            now,
        );
        Ok(seen.execute(&self.pool).await?.rows_affected() == 1)
    }
}

impl Loader<DeviceId> for Reader {
    type Value = Device;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[DeviceId]) -> Result<HashMap<DeviceId, Device>, Self::Error> {
        let devices = self.store.visible_devices(self.viewer.as_ref(), ids).await?;
        Ok(devices.into_iter().map(|device| (device.id, device)).collect())
    }
}

/// A device of this person.
pub async fn find(tx: &mut PgConnection, user: UserId, id: DeviceId) -> Result<Option<Device>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select id as "id: DeviceId", user_id as "user: UserId", name, kind, volume_percent, last_seen_at
        from devices
        where id = $1 and user_id = $2
        "#,
        id.0,
        user.0,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Device::try_from).transpose()
}

/// Keeps a device, new or known by its installation.
pub async fn upsert(
    tx: &mut PgConnection,
    user: UserId,
    new: &NewDevice,
    now: DateTime<Utc>,
) -> Result<Device, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        insert into devices (id, user_id, installation_id, name, kind, last_seen_at) values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint devices_installation_key do update
        set name = excluded.name, kind = excluded.kind, last_seen_at = excluded.last_seen_at
        returning id as "id: DeviceId", user_id as "user: UserId", name, kind, volume_percent, last_seen_at
        "#,
        DeviceId::new().0,
        user.0,
        new.installation,
        new.name,
        new.kind.as_str(),
        now,
    )
    .fetch_one(tx)
    .await?;
    row.try_into()
}

/// Forgets the devices of a person that were seen longest ago, but for as many as are kept, and but for this one.
pub async fn trim(tx: &mut PgConnection, user: UserId, but: Option<DeviceId>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from devices
        where user_id = $1 and id is distinct from $2 and id not in (
            select id from devices where user_id = $1 order by last_seen_at desc, id limit $3
        )
        "#,
        user.0,
        but.map(|device| device.0),
        MAX_DEVICES,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps how loud a device is.
pub async fn set_volume(tx: &mut PgConnection, id: DeviceId, percent: i32) -> Result<(), sqlx::Error> {
    sqlx::query!("update devices set volume_percent = $2 where id = $1", id.0, percent).execute(tx).await?;
    Ok(())
}

/// Forgets a device of this person; gives whether there was one.
pub async fn remove(tx: &mut PgConnection, user: UserId, id: DeviceId) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!("delete from devices where id = $1 and user_id = $2", id.0, user.0);
    Ok(removed.execute(tx).await?.rows_affected() == 1)
}

/// Forgets all devices of a person.
pub async fn remove_all_of(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from devices where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}
