//! Devices of a person.

use chrono::{DateTime, Utc};
use polyphony_events::{DeviceId, UserId};

use super::{
    refusal::{Refusal, RefusalCode},
    text_enum,
};

/// The most devices that are kept of a person; the one unseen for longest goes first.
pub const MAX_DEVICES: i64 = 50;

text_enum! {
    /// What a device is.
    DeviceKind {
        /// A browser.
        Web = "WEB",
        /// A phone.
        Phone = "PHONE",
        /// A tablet.
        Tablet = "TABLET",
        /// A computer.
        Desktop = "DESKTOP",
        /// A loudspeaker.
        Speaker = "SPEAKER",
        /// A television.
        Tv = "TV",
        /// Anything else.
        Other = "OTHER",
    }
}

/// A device of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Which.
    pub id: DeviceId,
    /// Whose.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// How loud it is.
    pub volume_percent: i32,
    /// When it registered last or began to listen.
    pub last_seen_at: DateTime<Utc>,
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    /// What its installation is known by.
    pub installation: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
}

impl NewDevice {
    /// Reads what a device says of itself.
    pub fn parse(installation: &str, name: &str, kind: DeviceKind) -> Result<Self, Refusal> {
        let refuse = |message: &str, path| Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
        let (installation, name) = (installation.trim(), name.trim());
        if !(1..=200).contains(&installation.chars().count()) {
            return refuse("installationId must have 1 to 200 characters.", &["input", "installationId"]);
        }
        if !(1..=100).contains(&name.chars().count()) {
            return refuse("The name must have 1 to 100 characters.", &["input", "name"]);
        }
        Ok(Self { installation: installation.to_owned(), name: name.to_owned(), kind })
    }
}
