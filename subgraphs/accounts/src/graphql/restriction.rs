//! What tokens are good for whose owner must enrol a second factor first: enrolling it, and nothing else.

use std::sync::Arc;

use async_graphql::{
    ServerError, ServerResult, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery},
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
};
use polyphony_kit::{Error, Viewer};

/// The root fields that such a token may ask for.
const ENROLMENT_FIELDS: [&str; 9] = [
    "__typename",
    "beginPasskeyRegistration",
    "beginTotp",
    "completePasskeyRegistration",
    "confirmTotp",
    "logout",
    "refreshTokens",
    "stepUp",
    "viewer",
];
/// What they may ask of the viewer: who they are and what they have enrolled.
const VIEWER_FIELDS: [&str; 7] = ["__typename", "email", "emailVerified", "id", "role", "secondFactors", "user"];

/// Refuses whatever is no enrolment, before anything of it is executed, to tokens without the scope `read`.
pub struct EnrolmentOnly;

impl ExtensionFactory for EnrolmentOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for EnrolmentOnly {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(ctx, query, variables).await?;
        let viewer = ctx.data_opt::<Option<Viewer>>().and_then(Option::as_ref);
        let is_whole = viewer.is_none_or(|viewer| viewer.has_scope("read"));
        if is_whole || is_enrolment(&document) { Ok(document) } else { Err(refused()) }
    }
}

fn refused() -> ServerError {
    Error::forbidden("your role requires a second factor; enrol one, then call refreshTokens").into()
}

/// Whether all operations ask for enrolment alone. Whoever enrols needs no fragments on the way there, so they are refused.
fn is_enrolment(document: &ExecutableDocument) -> bool {
    document.operations.iter().all(|(_, operation)| {
        all_fields(&operation.node.selection_set.node, |field| {
            let name = field.name.node.as_str();
            ENROLMENT_FIELDS.contains(&name)
                && (name != "viewer"
                    || all_fields(&field.selection_set.node, |field| VIEWER_FIELDS.contains(&field.name.node.as_str())))
        })
    })
}

fn all_fields(selection: &SelectionSet, is_fit: impl Fn(&Field) -> bool) -> bool {
    selection.items.iter().all(|item| match &item.node {
        Selection::Field(field) => is_fit(&field.node),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}
