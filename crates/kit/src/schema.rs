//! Exporting the schema of a subgraph for composition.

use std::fmt::Write;

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType};

/// What the library links; `@listSize` came with a later version of the same specification.
const LINKED: &str = "https://specs.apollo.dev/federation/v2.5";
const LINKED_WITH_COST: &str = "https://specs.apollo.dev/federation/v2.9";
const LAST_IMPORT: &str = "\"@requiresScopes\"]";
const IMPORTS_WITH_COST: &str = "\"@requiresScopes\", \"@listSize\"]";
/// How long a page is taken to be that nobody asked a length for.
const ASSUMED_SIZE: u32 = 20;

/// The federation SDL of a subgraph, sorted so that its diffs are small, with the sizes of pages for the router's cost limit.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let options =
        SDLExportOptions::new().federation().compose_directive().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = schema.sdl_with_options(options);
    with_page_sizes(sdl.trim()) + "\n"
}

/// Says of every list with an argument `first` that it is so long: of a connection its edges, of a plain list itself.
fn with_page_sizes(sdl: &str) -> String {
    let mut sized = String::with_capacity(sdl.len() * 5 / 4);
    let mut first = None;
    for line in sdl.lines() {
        if !sized.is_empty() {
            sized.push('\n');
        }
        sized.push_str(line);
        if line.starts_with('\t') && line.ends_with('(') {
            first = None;
        } else if let Some(rest) = line.strip_prefix("\t\tfirst: Int") {
            let default = rest.trim_start_matches(" = ");
            first = Some(default.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(ASSUMED_SIZE));
        } else if let Some(rest) = line.strip_prefix("\t): ") {
            let Some(size) = first.take() else { continue };
            let kind = rest.split(' ').next().unwrap_or_default().trim_end_matches('!');
            let edges = if kind.ends_with("Connection") { ", sizedFields: [\"edges\"]" } else { "" };
            if !edges.is_empty() || kind.starts_with('[') {
                let _ = write!(
                    sized,
                    " @listSize(assumedSize: {size}, slicingArguments: [\"first\"]{edges}, requireOneSlicingArgument: false)"
                );
            }
        }
    }
    sized.replace(LINKED, LINKED_WITH_COST).replace(LAST_IMPORT, IMPORTS_WITH_COST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_tell_their_size_and_other_fields_do_not() {
        let sdl = "type Album {\n\tartists: [Artist!]!\n\ttracks(\n\t\tafter: String,\n\t\tfirst: Int = 50\n\t): TrackConnection!\n\
                   \tsimilar(\n\t\tfirst: Int\n\t): [Album!]!\n\tcover(\n\t\tsize: Int\n\t): String\n}";
        let sized = with_page_sizes(sdl);
        assert!(sized.contains(
            "): TrackConnection! @listSize(assumedSize: 50, slicingArguments: [\"first\"], sizedFields: [\"edges\"], \
             requireOneSlicingArgument: false)\n"
        ));
        assert!(sized.contains(
            "): [Album!]! @listSize(assumedSize: 20, slicingArguments: [\"first\"], requireOneSlicingArgument: false)\n"
        ));
        assert!(sized.contains("\tartists: [Artist!]!\n") && sized.contains("\t): String\n"));
    }
}
