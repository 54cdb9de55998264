//! Invitations, by the hashes of their codes.

use chrono::{DateTime, Utc};
use polyphony_events::InvitationId;
use polyphony_kit::{Role, UserId, page::Page};
use sqlx::PgConnection;

use super::Store;
use crate::domain::{Email, Invitation, InvitationCode};

struct Row {
    id: InvitationId,
    role: Role,
    email: Option<String>,
    note: Option<String>,
    max_uses: i32,
    uses: i32,
    created_by: Option<UserId>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            role: row.role,
            email: row.email.map(Email::stored),
            note: row.note,
            max_uses: row.max_uses,
            uses: row.uses,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// The rows of invitations: the projection is written here and nowhere else.
macro_rules! invitations {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: InvitationId",
                role as "role: Role",
                email,
                note,
                max_uses,
                uses,
                created_by as "created_by: UserId",
                created_at,
                expires_at,
                revoked_at
            from invitations
            "# + $tail,
            $($argument),*
        )
    };
}

impl Store {
    /// A page of all invitations, the newest first, and how many there are. For admins.
    pub async fn invitations(&self, page: &Page<InvitationId>) -> Result<(Vec<Invitation>, i64), sqlx::Error> {
        let rows = invitations!(
            "where $1::uuid is null or id < $1 order by id desc limit $2",
            page.after.map(|id| id.0),
            page.limit(),
        )
        .fetch_all(&self.pool)
        .await?;
        let total =
            sqlx::query_scalar!(r#"select count(*) as "count!" from invitations"#).fetch_one(&self.pool).await?;
        Ok((rows.into_iter().map(Invitation::from).collect(), total))
    }

    /// The invitation with this code.
    pub async fn invitation(&self, code: &InvitationCode) -> Result<Option<Invitation>, sqlx::Error> {
        let row = invitations!("where hash = $1", code.hash()).fetch_optional(&self.pool).await?;
        Ok(row.map(Invitation::from))
    }
}

/// The invitation with this code, locked until the transaction ends, so that it is used as often as it may and not once more.
pub async fn lock_invitation(tx: &mut PgConnection, code: &InvitationCode) -> Result<Option<Invitation>, sqlx::Error> {
    let row = invitations!("where hash = $1 for update", code.hash()).fetch_optional(tx).await?;
    Ok(row.map(Invitation::from))
}

/// Counts a use of an invitation that is locked.
pub async fn count_invitation_use(tx: &mut PgConnection, id: InvitationId) -> Result<(), sqlx::Error> {
    sqlx::query!("update invitations set uses = uses + 1 where id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// Adds an invitation.
pub async fn add_invitation(
    tx: &mut PgConnection,
    invitation: &Invitation,
    code: &InvitationCode,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into invitations (id, hash, role, email, note, max_uses, uses, created_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)
        "#,
        invitation.id.0,
        code.hash(),
        invitation.role as Role,
        invitation.email.as_ref().map(Email::as_str),
        invitation.note,
        invitation.max_uses,
        invitation.created_by.map(|id| id.0),
        invitation.created_at,
        invitation.expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes an invitation back, if it was not before; gives it, if there is one.
pub async fn revoke_invitation(
    tx: &mut PgConnection,
    id: InvitationId,
    now: DateTime<Utc>,
) -> Result<Option<Invitation>, sqlx::Error> {
    sqlx::query!("update invitations set revoked_at = coalesce(revoked_at, $2) where id = $1", id.0, now)
        .execute(&mut *tx)
        .await?;
    let row = invitations!("where id = $1", id.0).fetch_optional(tx).await?;
    Ok(row.map(Invitation::from))
}
