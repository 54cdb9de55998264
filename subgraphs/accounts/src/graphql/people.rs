//! Finding people, to let them into a playlist or a session.

use async_graphql::{Context, Object};
use polyphony_kit::{Error, Result, viewer::require_viewer};

use super::{app, loader, user::User};
use crate::store::UserById;

/// The most people that are found.
const MAX_FOUND: i32 = 20;
/// The fewest characters that are looked for: fewer would list everybody.
const MIN_CHARACTERS: usize = 2;

#[derive(Default)]
pub struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// People whose handle, or a word of whose display name, begins like this, without regard to case; whoever has just this
    /// handle comes first. Nobody is found by an address, and nobody who is suspended. For whoever is signed in.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far; a leading `@` is passed over. Fewer than 2 characters find nobody.")]
        query: String,
        #[graphql(default_with = "Some(10)", desc = "How many, 1 to 20.")] first: Option<i32>,
    ) -> Result<Option<Vec<User>>> {
        require_viewer(ctx)?;
        let first = first.unwrap_or(10);
        if !(1..=MAX_FOUND).contains(&first) {
            return Err(Error::bad_input(format!("first must be 1 to {MAX_FOUND}")));
        }
        let text = query.trim().trim_start_matches('@').replace('\0', "");
        if text.chars().count() < MIN_CHARACTERS {
            return Ok(Some(Vec::new()));
        }
        let ids = app(ctx).store.find_people(&text, i64::from(first)).await?;
        let mut people = loader(ctx).load_many(ids.iter().copied().map(UserById)).await?;
        Ok(Some(ids.into_iter().filter_map(|id| people.remove(&UserById(id)).map(User)).collect()))
    }
}
