//! The input of a mutation as the client wrote it, to tell the input of one call from another's.

use async_graphql::InputType;
use serde_json::Value;

/// The input, without what was left out. It depends on the names in the schema alone: neither a new optional field nor a change of our
/// code makes the repetition of a call look like another call.
pub(super) fn written(input: &impl InputType) -> Value {
    let mut value = input.to_value().into_json().unwrap_or_default();
    forget_nulls(&mut value);
    value
}

fn forget_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(forget_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::InputObject;
    use serde_json::json;

    use super::*;

    #[derive(InputObject)]
    struct Before {
        title: String,
        year: Option<i32>,
    }

    #[derive(InputObject)]
    struct After {
        title: String,
        year: Option<i32>,
        explicit: Option<bool>,
    }

    #[test]
    fn a_field_that_has_come_to_the_schema_makes_no_other_input() {
        let before = written(&Before { title: "A".to_owned(), year: None });
        let after = written(&After { title: "A".to_owned(), year: None, explicit: None });
        assert_eq!((&before, &before), (&after, &json!({ "title": "A" })));
        assert_ne!(before, written(&Before { title: "A".to_owned(), year: Some(2019) }));
    }
}
