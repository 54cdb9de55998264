//! The rules of smart playlists as clients write and see them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use polyphony_events::PlaylistId;
use polyphony_kit::{Result, viewer::require_viewer};

use crate::{
    commands::{CommandError, CreateSmartPlaylist, create_smart_playlist, update_smart_playlist},
    domain::smart_rules as domain,
    graphql::{
        app,
        errors::{UserError, settle},
        external::Track,
        ids, int,
        playlist_mutations::PlaylistPayload,
    },
    store::smart_playlist::ChosenBy,
};

/// Whether a track must pass all rules or any.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::RuleMatch")]
pub enum RuleMatch {
    /// All of them.
    All,
    /// One of them or more.
    Any,
}

/// What a rule looks at. Case and diacritics make no difference to texts.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SmartField")]
pub enum SmartField {
    /// The track's genres, by name or slug. Takes `IS`, `IS_NOT` and `CONTAINS`.
    Genre,
    /// Who made it, by name or id. Takes `IS`, `IS_NOT` and `CONTAINS`.
    Artist,
    /// Its title. Takes `IS`, `IS_NOT` and `CONTAINS`.
    Title,
    /// When it was released, such as 2019, 2019-05 or 2019-05-31. Takes `IS`, `IS_NOT`, `GREATER_THAN`, `LESS_THAN` and `IN_LAST_DAYS`.
    ReleasedOn,
    /// When it came into the catalog. Takes what `RELEASED_ON` takes.
    AddedOn,
    /// How often the owner of the playlist played it. Takes `IS`, `IS_NOT`, `GREATER_THAN` and `LESS_THAN`.
    PlayCount,
    /// When the owner played it last. Takes what `RELEASED_ON` takes.
    LastPlayed,
    /// Whether the owner likes it, true or false. Takes `IS` and `IS_NOT`.
    Liked,
    /// How long it plays, in milliseconds. Takes what `PLAY_COUNT` takes.
    DurationMs,
}

/// How a rule tests.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SmartOp")]
pub enum SmartOp {
    /// The same; for a date, on these days.
    Is,
    /// Not the same; true also of what is not known.
    IsNot,
    /// The text is part of it.
    Contains,
    /// More, or later.
    GreaterThan,
    /// Less, or earlier.
    LessThan,
    /// Not longer ago than this many days.
    InLastDays,
}

/// In which order tracks come, and so which ones when there are more than the limit.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SmartSort")]
pub enum SmartSort {
    /// The newest in the catalog first.
    RecentlyAdded,
    /// What the owner played most first.
    MostPlayed,
    /// What the owner played last first.
    RecentlyPlayed,
    /// By title.
    Title,
    /// Another order each day (UTC).
    RandomDaily,
}

/// How the entries of a smart playlist are chosen.
#[derive(Clone, SimpleObject)]
pub struct SmartRules {
    /// Whether a track must pass all rules or any.
    #[graphql(name = "match")]
    pub matching: RuleMatch,
    /// The rules.
    pub rules: Vec<SmartRule>,
    /// Groups of rules beside them: a group passes when all or any of what is in it does.
    pub groups: Vec<SmartRuleGroup>,
    /// The order of the entries.
    pub sort: SmartSort,
    /// The most entries.
    pub limit: i32,
}

/// Rules that stand together: the group is one condition beside others. Groups stand at most three deep in each other.
#[derive(Clone, SimpleObject)]
pub struct SmartRuleGroup {
    /// Whether a track must pass all of the group or any.
    #[graphql(name = "match")]
    pub matching: RuleMatch,
    /// The rules of the group itself.
    pub rules: Vec<SmartRule>,
    /// Groups in the group.
    pub groups: Vec<Self>,
}

/// One rule.
#[derive(Clone, SimpleObject)]
pub struct SmartRule {
    /// What it looks at.
    pub field: SmartField,
    /// How it tests.
    pub op: SmartOp,
    /// With what.
    pub value: String,
}

/// How the entries of a smart playlist are to be chosen.
#[derive(InputObject)]
pub struct SmartRulesInput {
    /// Whether a track must pass all rules or any.
    #[graphql(name = "match")]
    pub matching: RuleMatch,
    /// The rules. There are 1 to 50 in all, those in groups included; where there are groups this may be empty.
    pub rules: Vec<SmartRuleInput>,
    /// Groups of rules beside them.
    pub groups: Option<Vec<SmartRuleGroupInput>>,
    /// The order of the entries.
    #[graphql(default_with = "Some(SmartSort::RecentlyAdded)")]
    pub sort: Option<SmartSort>,
    /// The most entries, 1 to 1,000.
    #[graphql(default_with = "Some(DEFAULT_LIMIT)")]
    pub limit: Option<i32>,
}

/// Rules that are to stand together. Groups stand at most three deep in each other, and none is empty.
#[derive(InputObject)]
pub struct SmartRuleGroupInput {
    /// Whether a track must pass all of the group or any.
    #[graphql(name = "match")]
    pub matching: RuleMatch,
    /// The rules of the group itself; where it has groups this may be empty.
    pub rules: Vec<SmartRuleInput>,
    /// Groups in the group.
    pub groups: Option<Vec<Self>>,
}

/// One rule to be.
#[derive(InputObject)]
pub struct SmartRuleInput {
    /// What it looks at.
    pub field: SmartField,
    /// How it tests.
    pub op: SmartOp,
    /// With what.
    pub value: String,
}

/// The most entries unless said otherwise.
const DEFAULT_LIMIT: i32 = 100;

impl From<&domain::SmartRules> for SmartRules {
    fn from(rules: &domain::SmartRules) -> Self {
        let written = rules.written();
        let SmartRuleGroup { matching, rules, groups } = (&written.group).into();
        Self { matching, rules, groups, sort: written.sort.into(), limit: written.limit }
    }
}

impl From<&domain::WrittenGroup> for SmartRuleGroup {
    fn from(written: &domain::WrittenGroup) -> Self {
        let rule = |rule: &domain::SmartRule| SmartRule {
            field: rule.field.into(),
            op: rule.op.into(),
            value: rule.value.clone(),
        };
        Self {
            matching: written.matching.into(),
            rules: written.rules.iter().map(rule).collect(),
            groups: written.groups.iter().map(Into::into).collect(),
        }
    }
}

impl From<SmartRulesInput> for domain::Written {
    fn from(input: SmartRulesInput) -> Self {
        let SmartRulesInput { matching, rules, groups, sort, limit } = input;
        Self {
            group: SmartRuleGroupInput { matching, rules, groups }.into(),
            sort: sort.map_or(domain::SmartSort::RecentlyAdded, Into::into),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
        }
    }
}

impl From<SmartRuleGroupInput> for domain::WrittenGroup {
    fn from(input: SmartRuleGroupInput) -> Self {
        let rule = |rule: SmartRuleInput| domain::SmartRule {
            field: rule.field.into(),
            op: rule.op.into(),
            value: rule.value,
        };
        Self {
            matching: input.matching.into(),
            rules: input.rules.into_iter().map(rule).collect(),
            groups: input.groups.unwrap_or_default().into_iter().map(Into::into).collect(),
        }
    }
}

/// What rules would choose now, or why they make no sense.
#[derive(SimpleObject)]
pub struct SmartPlaylistPreview {
    /// How many entries a playlist with these rules would have; 0 when they make no sense.
    pub item_count: i32,
    /// How long they would play together, in milliseconds.
    pub duration_ms: i32,
    /// The first of their tracks, in order.
    pub tracks: Vec<Track>,
    /// What is wrong with the rules.
    pub user_errors: Vec<UserError>,
}

/// How many tracks a preview shows at most.
const PREVIEWED: usize = 50;

/// Reads of rules.
#[derive(Default)]
pub struct SmartPlaylistQuery;

#[Object]
impl SmartPlaylistQuery {
    /// What a smart playlist of the viewer with these rules would choose now, with its first 50 tracks: for an editor that
    /// shows what it does. Nothing is written.
    async fn smart_playlist_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How its entries would be chosen.")] rules: SmartRulesInput,
    ) -> Result<Option<SmartPlaylistPreview>> {
        let (viewer, app) = (require_viewer(ctx)?, app(ctx));
        let chosen = async {
            let rules = domain::SmartRules::parse(rules.into())?;
            // The order of a day depends on the playlist; before there is one, on the person.
            let key = ChosenBy { playlist: PlaylistId(viewer.user.0), owner: viewer.user, rules };
            let mut chosen = app.store.evaluate(std::slice::from_ref(&key), app.clock.now()).await?;
            Ok::<_, CommandError>(chosen.remove(&key.playlist).unwrap_or_default())
        };
        Ok(Some(match settle(chosen.await)? {
            Ok(chosen) => SmartPlaylistPreview {
                item_count: chosen.len() as i32,
                duration_ms: int(chosen.iter().map(|one| one.duration_ms).sum()),
                tracks: chosen.iter().take(PREVIEWED).map(|one| Track { id: one.standing.track }).collect(),
                user_errors: Vec::new(),
            },
            Err(error) => {
                SmartPlaylistPreview { item_count: 0, duration_ms: 0, tracks: Vec::new(), user_errors: vec![error] }
            }
        }))
    }
}

/// Writes of smart playlists.
#[derive(Default)]
pub struct SmartPlaylistMutation;

#[Object]
impl SmartPlaylistMutation {
    /// Makes a private playlist whose entries are chosen by rules, anew whenever it is read. Rules about plays and likes look
    /// at those of the viewer, who owns it, whoever sees it.
    async fn create_smart_playlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its title, 1 to 200 characters.")] title: String,
        #[graphql(desc = "How its entries are chosen.")] rules: SmartRulesInput,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let input = CreateSmartPlaylist { title, rules: rules.into(), idempotency_key };
        Ok(settle(create_smart_playlist(app(ctx), require_viewer(ctx)?, input).await)?.into())
    }

    /// Gives a smart playlist other rules; its owner may. Its entries are those that the new rules choose.
    async fn update_smart_playlist(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "How its entries are chosen from now on: all rules, not only those that change.")]
        rules: SmartRulesInput,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async { update_smart_playlist(app(ctx), viewer, ids::playlist(&id)?, rules.into()).await };
        Ok(settle(change.await)?.into())
    }
}
