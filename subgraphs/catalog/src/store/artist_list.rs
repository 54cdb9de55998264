//! Lists of artists in the database.

use polyphony_kit::UserId;
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};

use super::browse::{Drafts, KeyKind, Listable, SortKey, push_beginning};
use crate::domain::{
    Artist, Audience,
    browse::{ArtistSort, Filter},
};

impl Listable for ArtistSort {
    type Thing = Artist;
    const TABLE: &'static str = "artists a";
    const ALIAS: &'static str = "a";
    const INITIAL: &'static str = "a.sort_key";

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Newest => "newest",
            Self::Popular => "popular",
        }
    }

    fn keys(self) -> &'static [SortKey] {
        match self {
            Self::Name => &[SortKey { sql: "a.sort_key collate \"C\"", kind: KeyKind::Text }],
            Self::Newest => &[SortKey { sql: "a.created_at", kind: KeyKind::Time }],
            Self::Popular => &[SortKey { sql: "a.play_count", kind: KeyKind::Number }],
        }
    }

    fn joins(self) -> &'static str {
        ""
    }

    /// Artists are seen by all; kinds, years, artists and explicitness say nothing of them.
    fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &Filter, _: Drafts, _: Audience) {
        sql.push("true");
        if !filter.genres.is_empty() {
            sql.push(
                " and a.id in (select x.artist_id from track_genres g join tracks y on y.id = g.track_id \
                 join track_artists x on x.track_id = g.track_id where y.status = 'PUBLISHED' and g.slug = any(",
            );
            sql.push_bind(filter.genres.clone()).push("))");
        }
        if let Some(text) = &filter.text {
            sql.push(" and strpos(a.folded_name, ").push_bind(text.clone()).push(") > 0");
        }
        if let Some(beginning) = &filter.beginning {
            push_beginning(sql, "a.sort_key", beginning);
        }
    }

    fn read(row: &PgRow) -> Result<Artist, sqlx::Error> {
        Ok(Artist {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            sort_name: row.try_get("sort_name")?,
            bio: row.try_get("bio")?,
            image_url: row.try_get("image_url")?,
            musicbrainz_id: row.try_get("musicbrainz_id")?,
            owner_id: row.try_get::<UserId, _>("owner_id")?,
            play_count: row.try_get("play_count")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
        })
    }
}
