//! The value of an argument as the key of a bucket: found wherever it stands, written in one way, and not readable.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hive_router::{
    query_planner::ast::{operation::VariableDefinition, selection_set::FieldSelection, value::Value},
    sonic_rs::{self, JsonContainerTrait, JsonValueTrait},
};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// The key of everything whose value was not found, so that leaving it out wins nothing.
const NOT_FOUND: &str = "?";

/// The variables of a request by their names.
pub(crate) type Variables = HashMap<String, sonic_rs::Value>;

/// What the values in an operation may refer to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// What the client sent.
    pub(super) variables: Option<&'a Variables>,
    /// What the operation declares, with the values that stand in when the client sent none.
    pub(super) declared: &'a [VariableDefinition],
}

impl Scope<'_> {
    /// The value at this path of an argument, as a short name without the value in it.
    pub(super) fn key(self, field: &FieldSelection, path: &[String]) -> String {
        let argument = path.first().and_then(|name| field.arguments.as_ref()?.get_argument(name));
        let text = argument.and_then(|value| self.text_at(value, &path[1..]));
        text.map_or_else(|| NOT_FOUND.to_owned(), |text| digest(&normalized(&text)))
    }

    fn text_at(self, value: &Value, path: &[String]) -> Option<String> {
        match (value, path) {
            (Value::String(text) | Value::Enum(text), []) => Some(text.clone()),
            (Value::Int(number), []) => Some(number.to_string()),
            (Value::Object(fields), [name, rest @ ..]) => self.text_at(fields.get(name)?, rest),
            (Value::Variable(name), path) => {
                if let Some(sent) = self.variables.and_then(|sent| sent.get(name)) {
                    return text_in(sent, path);
                }
                let declared = self.declared.iter().find(|declared| declared.name == *name)?;
                // A default value contains no variables.
                let constant = Scope { variables: None, declared: &[] };
                constant.text_at(declared.default_value.as_ref()?, path)
            }
            _ => None,
        }
    }
}

fn text_in(value: &sonic_rs::Value, path: &[String]) -> Option<String> {
    let mut value = value;
    for name in path {
        value = value.as_object()?.get(name)?;
    }
    match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => value.is_number().then(|| sonic_rs::to_string(value).ok()).flatten(),
    }
}

/// The text as accounts compares it: without spaces around it, in one case and one form of Unicode, the domain of an address in
/// its ASCII form.
fn normalized(text: &str) -> String {
    let text: String = text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect();
    let text = text.trim();
    let Some((name, domain)) = text.rsplit_once('@') else { return text.to_owned() };
    match idna::domain_to_ascii(domain.trim_end_matches('.')) {
        Ok(domain) => format!("{name}@{domain}"),
        Err(_) => text.to_owned(),
    }
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_key_however_it_is_written() {
        let one = normalized("jörg@bücher.example");
        for other in [
            " Jörg@Bücher.example ",
            "jo\u{308}rg@xn--bcher-kva.example",
            "JÖRG@BÜCHER.EXAMPLE.",
            "jörg＠bücher.example",
        ] {
            assert_eq!(normalized(other), one, "{other}");
        }
        assert_ne!(normalized("jorg@bücher.example"), one);
    }

    #[test]
    fn a_key_does_not_show_its_value() {
        assert!(!digest("a@b.c").contains('@'));
        assert_ne!(digest("a@b.c"), digest("a@b.d"));
    }
}
