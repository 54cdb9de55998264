//! Tests of the playlists subgraph through its GraphQL door, on a real PostgreSQL and a real Redis.

mod app;
mod consumers;
mod entities;
mod interleavings;
mod items;
mod library;
mod live;
mod playlists;
mod roles;
mod schema;
