//! Relay pages: what a client asked for, and the connection that answers it.
//! <https://relay.dev/graphql/connections.htm>

use async_graphql::SimpleObject;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result, cursor};

/// The most entries a page may have.
pub const MAX_FIRST: i32 = 100;
/// The most entries that `offset` may skip.
pub const MAX_OFFSET: i32 = 100_000;

/// Where a page lies in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct PageInfo {
    /// Whether more entries follow.
    pub has_next_page: bool,
    /// Whether entries come before.
    pub has_previous_page: bool,
    /// The cursor of the first entry of the page.
    pub start_cursor: Option<String>,
    /// The cursor of the last entry of the page: give it as `after` to have the next page.
    pub end_cursor: Option<String>,
}

/// A page that a client asks for: up to `first` entries behind the sort key `after`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page<K> {
    /// How many entries, 1 to 100.
    pub first: i64,
    /// The sort key of the entry before the page.
    pub after: Option<K>,
}

impl<K: DeserializeOwned> Page<K> {
    /// Reads the arguments of a connection; `first` defaults to `default`.
    pub fn parse(first: Option<i32>, after: Option<String>, default: i32) -> Result<Self> {
        let first = first.unwrap_or(default);
        if !(1..=MAX_FIRST).contains(&first) {
            return Err(Error::bad_input(format!("first must be 1 to {MAX_FIRST}")));
        }
        let after =
            after.map(|text| cursor::decode(&text).ok_or_else(|| Error::bad_input("after is no cursor of this list")));
        Ok(Self { first: i64::from(first), after: after.transpose()? })
    }
}

impl<K> Page<K> {
    /// How many rows to ask the database for: one more than the page has, to see whether another follows.
    pub fn limit(&self) -> i64 {
        self.first + 1
    }

    /// Cuts what the database gave for [`Page::limit`] to the page, each row with its cursor, and tells where the page lies.
    pub fn cut<T, S: Serialize>(&self, mut rows: Vec<T>, sort_key: impl Fn(&T) -> S) -> (Vec<(String, T)>, PageInfo) {
        let has_next_page = rows.len() as i64 > self.first;
        rows.truncate(self.first as usize);
        let rows: Vec<_> = rows.into_iter().map(|row| (cursor::encode(&sort_key(&row)), row)).collect();
        let info = PageInfo {
            has_next_page,
            has_previous_page: self.after.is_some(),
            start_cursor: rows.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: rows.last().map(|(cursor, _)| cursor.clone()),
        };
        (rows, info)
    }
}

/// A page of a list that can also be entered anywhere: behind the sort key `page.after`, or `offset` entries from the start.
///
/// A client that scrolls through a long list asks by `offset` for what comes into sight. An offset counts entries as they are
/// when the page is read, so that pages by cursor are the ones that stay right while entries come and go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window<K> {
    /// Which page.
    pub page: Page<K>,
    /// How many entries to skip, 0 to [`MAX_OFFSET`]; 0 when `page.after` is given.
    pub offset: i64,
}

impl<K: DeserializeOwned> Window<K> {
    /// Reads the arguments of a connection; `first` defaults to `default`. `after` and `offset` together are a client's mistake.
    pub fn parse(first: Option<i32>, after: Option<String>, offset: Option<i32>, default: i32) -> Result<Self> {
        let page = Page::parse(first, after, default)?;
        match offset {
            Some(_) if page.after.is_some() => Err(Error::bad_input("after and offset exclude each other")),
            Some(offset) if !(0..=MAX_OFFSET).contains(&offset) => {
                Err(Error::bad_input(format!("offset must be 0 to {MAX_OFFSET}")))
            }
            offset => Ok(Self { page, offset: i64::from(offset.unwrap_or(0)) }),
        }
    }
}

impl<K> Window<K> {
    /// As [`Page::cut`], for what the database gave for [`Page::limit`] behind the offset.
    pub fn cut<T, S: Serialize>(&self, rows: Vec<T>, sort_key: impl Fn(&T) -> S) -> (Vec<(String, T)>, PageInfo) {
        let (rows, info) = self.page.cut(rows, sort_key);
        (rows, PageInfo { has_previous_page: info.has_previous_page || self.offset > 0, ..info })
    }
}

/// Makes a connection and its edge: `connection!(/// doc TrackConnection, /// doc TrackEdge, Option<Track>)`.
///
/// The connection has `edges`, `pageInfo` and `totalCount`; both types are shareable between subgraphs.
#[macro_export]
macro_rules! connection {
    ($(#[$doc:meta])* $connection:ident, $edge:ident, $node:ty) => {
        $(#[$doc])*
        #[derive(Clone, async_graphql::SimpleObject)]
        #[graphql(shareable)]
        pub struct $connection {
            /// The entries of this page, in order.
            pub edges: Vec<$edge>,
            /// Where this page lies in the list.
            pub page_info: $crate::page::PageInfo,
            /// How many entries the whole list has.
            pub total_count: i32,
        }

        /// An entry of a list, with its cursor.
        #[derive(Clone, async_graphql::SimpleObject)]
        #[graphql(shareable)]
        pub struct $edge {
            /// Give it as `after` to have what follows this entry.
            pub cursor: String,
            /// The entry itself.
            pub node: $node,
        }

        impl $connection {
            /// A connection of the rows of a page, as [`polyphony_kit::page::Page::cut`] gives them.
            pub fn new<T>(
                (rows, page_info): (Vec<(String, T)>, $crate::page::PageInfo),
                total_count: i64,
                node: impl Fn(T) -> $node,
            ) -> Self {
                let edges = rows.into_iter().map(|(cursor, row)| $edge { cursor, node: node(row) }).collect();
                let total_count = i32::try_from(total_count).unwrap_or(i32::MAX);
                Self { edges, page_info, total_count }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_entered_behind_a_cursor_or_at_an_offset_and_not_both() {
        let parse = |after: Option<String>, offset| Window::<i32>::parse(Some(2), after, offset, 20);
        let cursor = || Some(cursor::encode(&7));
        assert_eq!(parse(None, Some(40)).map(|window| window.offset).ok(), Some(40));
        assert_eq!(parse(cursor(), None).map(|window| window.page.after).ok(), Some(Some(7)));
        assert!(parse(cursor(), Some(0)).is_err() && parse(None, Some(-1)).is_err());
        assert!(parse(None, Some(MAX_OFFSET)).is_ok() && parse(None, Some(MAX_OFFSET + 1)).is_err());
        let (_, info) = parse(None, Some(1)).expect("it is in range").cut(vec![5, 6, 7], |n| *n);
        assert!(info.has_previous_page && info.has_next_page);
    }
}
