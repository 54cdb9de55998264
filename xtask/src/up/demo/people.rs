//! The listeners of the demo library: who they are, and how they sign in.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::graphql::Client;
use crate::data::write_private_json;
use crate::secrets::{Admin, random_hex};

const LOGIN: &str = "mutation Login($input: LoginInput!) {
    login(input: $input) { tokens { accessToken } viewer { id } userErrors { code message } } }";
const REGISTER: &str = "mutation Register($input: RegisterInput!) {
    register(input: $input) { tokens { accessToken } viewer { user { id } } userErrors { code message } } }";
const INVITE: &str = "mutation Invite($input: CreateInvitationInput!) {
    createInvitation(input: $input) { code userErrors { code message } } }";
const WHO: &str = "query Who { viewer { user { id } } }";

/// How a listener signs in, kept in `demo-listeners.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listener {
    pub(super) name: String,
    pub(super) handle: String,
    pub(super) email: String,
    pub(super) password: String,
}

/// A person who is signed in.
pub(super) struct Person {
    pub(super) client: Client,
    pub(super) user: String,
}

/// The two listeners: as they are kept, else made up and kept.
pub(super) fn listeners(file: &Path) -> anyhow::Result<[Listener; 2]> {
    if let Ok(text) = fs::read_to_string(file) {
        return serde_json::from_str(&text).with_context(|| format!("parse {}", file.display()));
    }
    let listener = |name: &str, handle: &str| -> anyhow::Result<Listener> {
        Ok(Listener {
            name: name.to_owned(),
            handle: handle.to_owned(),
            email: format!("{handle}@polyphony.local"),
            password: random_hex(10)?,
        })
    };
    let both = [listener("Ada Quill", "ada")?, listener("Ben Tarn", "ben")?];
    write_private_json(file, &both)?;
    Ok(both)
}

/// Signs the first admin in.
pub(super) fn sign_admin_in(client: &Client, admin: &Admin) -> anyhow::Result<Person> {
    login(client, &admin.email, &admin.password)?.context("the admin's address and password are not taken")
}

/// Signs a listener in, who gets an account when they have none.
pub(super) fn sign_in(client: &Client, admin: &Person, listener: &Listener) -> anyhow::Result<Person> {
    if let Some(person) = login(client, &listener.email, &listener.password)? {
        return Ok(person);
    }
    match register(client, listener, None)? {
        Ok(person) => Ok(person),
        Err(refusal) if refusal.contains("INVALID_INVITATION") => {
            let input = json!({ "maxUses": 1, "note": "The demo library" });
            let data = admin.client.accepted(INVITE, &json!({ "input": input }))?;
            register(client, listener, data["createInvitation"]["code"].as_str())?.map_err(anyhow::Error::msg)
        }
        Err(refusal) => bail!("{} cannot register: {refusal}", listener.email),
    }
}

/// `None` when address or password are not taken.
fn login(client: &Client, email: &str, password: &str) -> anyhow::Result<Option<Person>> {
    let input = json!({ "email": email, "password": password, "deviceName": "Demo library" });
    let data = client.run(LOGIN, &json!({ "input": input }))?;
    person(client, &data["login"])
}

/// The outcome's error is what the platform says against it.
fn register(client: &Client, listener: &Listener, code: Option<&str>) -> anyhow::Result<Result<Person, String>> {
    let input = json!({
        "email": listener.email,
        "handle": listener.handle,
        "displayName": listener.name,
        "password": listener.password,
        "invitation": code,
        "deviceName": "Demo library",
    });
    let data = client.run(REGISTER, &json!({ "input": input }))?;
    let person = person(client, &data["register"])?;
    Ok(person.ok_or_else(|| data["register"]["userErrors"].to_string()))
}

fn person(client: &Client, payload: &Value) -> anyhow::Result<Option<Person>> {
    let Some(token) = payload["tokens"]["accessToken"].as_str() else { return Ok(None) };
    let client = client.with_token(token);
    let data = client.run(WHO, &json!({}))?;
    let user = data["viewer"]["user"]["id"].as_str().context("find out who signed in")?.to_owned();
    Ok(Some(Person { client, user }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listeners_keep_their_passwords() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("demo-listeners.json");
        let first = listeners(&file).unwrap();
        assert_ne!(first[0].password, first[1].password);
        assert_eq!(first, listeners(&file).unwrap());
    }
}
