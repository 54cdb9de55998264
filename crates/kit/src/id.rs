//! Typed ids: a prefix that names the kind and a `UUIDv7`, written as a `TypeID` (`trk_01h455vb4pex5vsknk084sn02q`).
//!
//! Format: <https://github.com/jetify-com/typeid/tree/main/spec> version 0.3: 26 characters of lower-case Crockford
//! base32 over the 128 bits, the first character at most `7`.

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Writes `uuid` behind `prefix` as a `TypeID`.
pub fn encode(prefix: &str, uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    for place in (0..26).rev() {
        text.push(char::from(ALPHABET[(bits >> (place * 5)) as usize & 31]));
    }
    text
}

/// Reads a `TypeID` with this prefix; anything else is `None`.
pub fn decode(prefix: &str, text: &str) -> Option<Uuid> {
    let suffix = text.strip_prefix(prefix)?.strip_prefix('_')?.as_bytes();
    if suffix.len() != 26 || suffix[0] > b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in suffix {
        let value = ALPHABET.iter().position(|letter| letter == byte)?;
        bits = (bits << 5) | value as u128;
    }
    Some(Uuid::from_u128(bits))
}

/// Makes a typed id: `typed_id!(/// An album. AlbumId, "alb");`.
///
/// The type converts to and from text (`parse`, `Display`, serde), PostgreSQL (`uuid`) and GraphQL (`ID`).
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type,
        )]
        #[sqlx(transparent)]
        pub struct $name(pub $crate::macros::uuid::Uuid);

        impl $name {
            /// What the written form begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; ids made later sort later.
            #[expect(clippy::new_without_default, reason = "every call gives another id")]
            pub fn new() -> Self {
                Self($crate::macros::uuid::Uuid::now_v7())
            }

            /// Reads the written form; a malformed id is an absent thing, so `None`.
            pub fn parse(text: &str) -> Option<Self> {
                $crate::id::decode(Self::PREFIX, text).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::id::encode(Self::PREFIX, self.0))
            }
        }

        impl $crate::macros::serde::Serialize for $name {
            fn serialize<S: $crate::macros::serde::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> $crate::macros::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::macros::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let text = <String as $crate::macros::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    $crate::macros::serde::de::Error::custom(concat!("not an id that begins with ", $prefix))
                })
            }
        }

        impl $crate::macros::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::macros::schemars::SchemaGenerator,
            ) -> $crate::macros::schemars::Schema {
                $crate::macros::schemars::json_schema!({
                    "type": "string",
                    "description": concat!("A TypeID that begins with `", $prefix, "_`."),
                    "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
                })
            }
        }
    };
}

mod people {
    typed_id!(
        /// A person who has an account.
        UserId,
        "usr"
    );
    typed_id!(
        /// A signed-in session of a person on one device.
        SessionId,
        "ses"
    );
}
pub use people::{SessionId, UserId};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_type_id_reads_as_its_uuid_and_back() {
        // The pair is the example of the TypeID specification.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(encode("prefix", uuid), "prefix_01h455vb4pex5vsknk084sn02q");
        assert_eq!(decode("prefix", "prefix_01h455vb4pex5vsknk084sn02q"), Some(uuid));
    }

    #[test]
    fn malformed_ids_are_absent_things() {
        for text in [
            "",
            "nonsense",
            "usr_",
            "usr_01h455vb4pex5vsknk084sn02",
            "ses_01h455vb4pex5vsknk084sn02q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02U",
        ] {
            assert_eq!(UserId::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_uuid_survives_the_written_form(bits: u128) {
            let id = UserId(Uuid::from_u128(bits));
            proptest::prop_assert_eq!(UserId::parse(&id.to_string()), Some(id));
        }
    }
}
