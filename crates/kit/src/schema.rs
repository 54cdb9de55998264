//! Exporting the schema of a subgraph for composition.

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType};

/// The federation SDL of a subgraph, sorted so that its diffs are small.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let options =
        SDLExportOptions::new().federation().compose_directive().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = schema.sdl_with_options(options);
    sdl.trim().to_owned() + "\n"
}
