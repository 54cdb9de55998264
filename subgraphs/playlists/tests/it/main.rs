//! Tests of the playlists subgraph through its GraphQL door, on a real PostgreSQL and a real Redis.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod app;
mod consumers;
mod data_exports;
mod entities;
mod history;
mod interleavings;
mod invitations;
mod items;
mod library;
mod live;
mod opinions;
mod own_plays;
mod played_from;
mod playlist_files;
mod playlists;
mod random_access;
mod roles;
mod schema;
mod size;
mod smart;
mod smart_catching_up;
mod smart_editing;
mod smart_rules;
mod totals;
mod user_deleted;
mod whole_playlists;
