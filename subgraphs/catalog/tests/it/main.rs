//! Tests of the catalog on a real PostgreSQL, through its GraphQL door.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod albums;
mod app;
mod artists;
mod bad_input;
mod browsing;
mod bulk;
mod cache;
mod changes;
mod charts;
mod data_exports;
mod departed;
mod details;
mod dice;
mod entities;
mod explicit;
mod folders;
mod genres;
mod home;
mod imports;
mod issues;
mod keeping;
mod large_library;
mod lists;
mod lock_order;
mod names;
mod nodes;
mod orders;
mod pictures;
mod population;
mod recommendations;
mod redirects;
mod retagging;
mod retelling;
mod schema;
mod search;
mod search_conformance;
mod search_index;
mod search_quality;
mod search_world;
mod shares;
mod sources;
mod statements;
mod tracks;
mod undoing;
