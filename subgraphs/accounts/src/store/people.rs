//! People as others look for them.

use polyphony_kit::UserId;

use super::Store;

impl Store {
    /// People whose handle, or a word of whose display name, begins with this text, whoever has just this handle first. Those
    /// who are suspended are not found, and nobody is by an address.
    pub async fn find_people(&self, text: &str, first: i64) -> Result<Vec<UserId>, sqlx::Error> {
        let text = text.trim().to_lowercase();
        let beginning = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        sqlx::query_scalar!(
            r#"
            select u.id as "id: UserId"
            from users u
            where u.suspended_at is null
                and (
                    u.handle like $1 || '%'
                    or lower(u.display_name) like $1 || '%'
                    or lower(u.display_name) like '% ' || $1 || '%'
                )
            order by u.handle = $2 desc, u.handle like $1 || '%' desc, u.handle
            limit $3
            "#,
            beginning,
            text,
            first,
        )
        .fetch_all(&self.pool)
        .await
    }
}
