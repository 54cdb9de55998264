//! Exporting the schema of a subgraph for composition, with what the library cannot say itself: how long pages are, for the
//! router's cost limit, and which mutations need somebody who is signed in.

use std::collections::HashSet;

use async_graphql::{ObjectType, SDLExportOptions, Schema, SubscriptionType, TypeDirective};

/// `@public`: this query is executed for whoever is not signed in on a private server too, where no other is. It stands at what a
/// client needs before it signs somebody in, tells nothing of anybody, survives composition, and is read by the router.
#[TypeDirective(
    location = "FieldDefinition",
    name = "public",
    composable = "https://specs.polyphony.example/edge/v1.0"
)]
pub fn Public() {}

/// What the library links; `@listSize` came with a later version of the same specification.
const LINKED: &str = "https://specs.apollo.dev/federation/v2.5";
const LINKED_WITH_COST: &str = "https://specs.apollo.dev/federation/v2.9";
const LAST_IMPORT: &str = "\"@requiresScopes\"]";
const IMPORTS: &str = "\"@requiresScopes\", \"@listSize\", \"@authenticated\"]";
/// How long a list is taken to be that has no pages, such as the artists of a track.
const SHORT_LIST: u32 = 5;

/// The federation SDL of a subgraph, sorted so that its diffs are small. Whoever is not signed in may send the
/// `public_mutations` only.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>, public_mutations: &[&str]) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let options =
        SDLExportOptions::new().federation().compose_directive().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = schema.sdl_with_options(options);
    with_directives(sdl.trim(), public_mutations) + "\n"
}

fn with_directives(sdl: &str, public_mutations: &[&str]) -> String {
    let objects: HashSet<&str> = sdl.lines().filter_map(object_name).collect();
    let mut annotated = String::with_capacity(sdl.len() * 5 / 4);
    let (mut is_text, mut object, mut field, mut is_paged) = (false, None, "", false);
    for line in sdl.lines() {
        if !annotated.is_empty() {
            annotated.push('\n');
        }
        annotated.push_str(line);
        if line.trim() == "\"\"\"" {
            is_text = !is_text;
        } else if !line.starts_with('\t') {
            object = object_name(line);
        }
        let (Some(object), Some(inner), false) = (object, line.strip_prefix('\t'), is_text) else { continue };
        // A field with described arguments is several lines: its name is on the first, its type on the last.
        if inner.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            field = inner.split(['(', ':']).next().unwrap_or_default();
            is_paged = false;
        }
        is_paged |= inner.split(['\t', '(', ' ']).any(|word| word == "first:");
        let Some(kind) = kind(inner) else { continue };
        annotated.push_str(&page_size(object, kind, is_paged, &objects));
        if object == "Mutation" && !public_mutations.contains(&field) {
            annotated.push_str(" @authenticated");
        }
    }
    annotated.replace(LINKED, LINKED_WITH_COST).replace(LAST_IMPORT, IMPORTS)
}

/// The type of a field, if it is on this line.
fn kind(line: &str) -> Option<&str> {
    let arguments = line.find('(').filter(|at| line.find(':').is_none_or(|colon| *at < colon));
    let (_, kind) = match arguments {
        None if !line.starts_with([')', '\t']) => line.split_once(": ")?,
        _ => line.split_once("): ").filter(|_| !line.starts_with('\t'))?,
    };
    kind.split(' ').next()
}

/// The name in the first line of an object or interface.
fn object_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("extend ").unwrap_or(line);
    let rest = line.strip_prefix("type ").or_else(|| line.strip_prefix("interface "))?;
    rest.split(' ').next()
}

/// Says how long the list of a field is: as long as it is asked to be, of a connection its edges.
fn page_size(object: &str, kind: &str, is_paged: bool, objects: &HashSet<&str>) -> String {
    let is_list = kind.starts_with('[');
    let edges = if kind.trim_end_matches('!').ends_with("Connection") { ", sizedFields: [\"edges\"]" } else { "" };
    if is_paged && (is_list || !edges.is_empty()) {
        format!(" @listSize(slicingArguments: [\"first\"]{edges}, requireOneSlicingArgument: false)")
    } else if is_list && !object.ends_with("Connection") && objects.contains(kind.trim_matches(['[', ']', '!'])) {
        format!(" @listSize(assumedSize: {SHORT_LIST})")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_tell_their_size_and_other_fields_do_not() {
        let sdl = "type Artist {\n\tname: String!\n\taliases: [String!]!\n}\ntype Album {\n\tartists: [Artist!]!\n\ttracks(\n\t\tafter: \
                   String,\n\t\tfirst: Int = 50\n\t): TrackConnection!\n\tsimilar(\n\t\tfirst: Int\n\t): [Artist!]!\n\tcover(\n\t\tsize: \
                   Int\n\t): String\n}\ninput New {\n\tartists: [Artist!]!\n}";
        let annotated = with_directives(sdl, &[]);
        let expected = "type Artist {\n\tname: String!\n\taliases: [String!]!\n}\ntype Album {\n\tartists: [Artist!]! @listSize(assumedSize: \
                        5)\n\ttracks(\n\t\tafter: String,\n\t\tfirst: Int = 50\n\t): TrackConnection! @listSize(slicingArguments: \
                        [\"first\"], sizedFields: [\"edges\"], requireOneSlicingArgument: false)\n\tsimilar(\n\t\tfirst: Int\n\t): \
                        [Artist!]! @listSize(slicingArguments: [\"first\"], requireOneSlicingArgument: \
                        false)\n\tcover(\n\t\tsize: Int\n\t): String\n}\ninput New {\n\tartists: [Artist!]!\n}";
        assert_eq!(annotated, expected);
    }

    #[test]
    fn mutations_are_for_who_is_signed_in_except_the_public_ones() {
        let sdl = "type Mutation {\n\t\"\"\"\n\tSigns in: with a password (first: Int)\n\t\"\"\"\n\tlogin(input: LoginInput!): \
                   AuthPayload!\n\tlogout(\t\teverywhere: Boolean,\n\t\tfirst: Int\n\t): AckPayload! @tag(name: \"x\")\n}\ntype Query {\n\tlogout: Int\n}";
        let expected = sdl.replace("@tag(name: \"x\")", "@tag(name: \"x\") @authenticated");
        assert_eq!(with_directives(sdl, &["login"]), expected);
    }
}
