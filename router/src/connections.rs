//! Long-lived connections: how many WebSockets and streamed HTTP responses there may be in all, of people who are not signed in,
//! of one network, and of one person. No single client, and nobody without an account, can take them all.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use crate::{
    config::Limits,
    network::{Counted, networks},
};

/// How many connections may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// In all.
    pub(crate) total: usize,
    /// In all, of clients that are not signed in.
    pub(crate) anonymous: usize,
    /// In all, of clients that have not said yet who they are.
    pub(crate) opening: usize,
    /// Of one network, whoever is there: of a wider one as many more as its share is, and half of the total at most.
    pub(crate) per_network: usize,
    /// Of one network, of clients that are not signed in (yet): of a wider one likewise, and half of all those at most.
    pub(crate) anonymous_per_network: usize,
    /// Of one person.
    pub(crate) per_user: usize,
}

impl ConnectionLimits {
    /// As configured. What is left out is a part of the total.
    pub(crate) fn of(limits: &Limits) -> Self {
        let total = limits.max_long_lived_clients;
        let part = |given: Option<usize>, of: usize| given.unwrap_or((total / of).max(1));
        Self {
            total,
            anonymous: part(limits.max_anonymous_connections, 2),
            opening: part(None, 4),
            per_network: part(limits.max_connections_per_network, 4),
            anonymous_per_network: limits.max_anonymous_connections_per_network,
            per_user: limits.max_connections_per_user,
        }
    }
}

/// Whose a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Not known before `connection_init`.
    Opening,
    /// Somebody who is not signed in.
    Anonymous,
    /// A person, or a program with their API key.
    User(String),
}

impl From<Option<&str>> for Holder {
    fn from(user: Option<&str>) -> Self {
        user.map_or(Self::Anonymous, |user| Self::User(user.to_owned()))
    }
}

/// There is no slot left for such a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyConnections;

/// Counts connections.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    open: Arc<Mutex<Open>>,
    limits: ConnectionLimits,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    opening: usize,
    anonymous: usize,
    networks: HashMap<String, usize>,
    anonymous_networks: HashMap<String, usize>,
    users: HashMap<String, usize>,
}

/// A connection's slot, released when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    connections: Connections,
    networks: Vec<Counted>,
    holder: Holder,
}

impl Connections {
    /// No connection is open yet.
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self { open: Arc::default(), limits }
    }

    /// A slot for one more connection from this address.
    pub(crate) fn acquire(&self, address: Option<IpAddr>, holder: Holder) -> Result<Slot, TooManyConnections> {
        let networks = networks(address);
        self.open.lock().admit(&self.limits, &networks, &holder)?;
        Ok(Slot { connections: self.clone(), networks, holder })
    }
}

impl Slot {
    /// The connection is of this holder now. The slot stays as it is when that one has none left.
    pub(crate) fn change_holder(&mut self, holder: Holder) -> Result<(), TooManyConnections> {
        if self.holder == holder {
            return Ok(());
        }
        let mut open = self.connections.open.lock();
        // Left for a moment, so that a connection does not stand in its own way.
        open.leave(&self.networks, &self.holder);
        let admitted = open.admit(&self.connections.limits, &self.networks, &holder);
        match admitted {
            Ok(()) => self.holder = holder,
            Err(TooManyConnections) => open.enter(&self.networks, &self.holder),
        }
        admitted
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.open.lock().leave(&self.networks, &self.holder);
    }
}

impl Open {
    fn admit(
        &mut self,
        limits: &ConnectionLimits,
        networks: &[Counted],
        holder: &Holder,
    ) -> Result<(), TooManyConnections> {
        let has_room = match holder {
            Holder::Opening => {
                self.opening < limits.opening && self.has_anonymous_room(limits, networks, limits.opening)
            }
            Holder::Anonymous => {
                self.anonymous < limits.anonymous && self.has_anonymous_room(limits, networks, limits.anonymous)
            }
            Holder::User(user) => self.users.get(user).copied().unwrap_or_default() < limits.per_user,
        };
        let fits = self.total < limits.total && has_room_in(&self.networks, networks, limits.per_network, limits.total);
        if !has_room || !fits {
            return Err(TooManyConnections);
        }
        self.enter(networks, holder);
        Ok(())
    }

    /// Whether these networks have room for one more that is not signed in, of `all` that there may be.
    fn has_anonymous_room(&self, limits: &ConnectionLimits, networks: &[Counted], all: usize) -> bool {
        has_room_in(&self.anonymous_networks, networks, limits.anonymous_per_network, all)
    }

    fn enter(&mut self, networks: &[Counted], holder: &Holder) {
        self.total += 1;
        increment_all(&mut self.networks, networks);
        match holder {
            Holder::Opening => self.opening += 1,
            Holder::Anonymous => self.anonymous += 1,
            Holder::User(user) => return increment(&mut self.users, user),
        }
        increment_all(&mut self.anonymous_networks, networks);
    }

    fn leave(&mut self, networks: &[Counted], holder: &Holder) {
        self.total -= 1;
        decrement_all(&mut self.networks, networks);
        match holder {
            Holder::Opening => self.opening -= 1,
            Holder::Anonymous => self.anonymous -= 1,
            Holder::User(user) => return decrement(&mut self.users, user),
        }
        decrement_all(&mut self.anonymous_networks, networks);
    }
}

/// Whether each of these networks may have one more, where the narrowest may have `most`. A wider one has as many more as its share
/// is, but never more than half of `all`: whoever has a /48 leaves others their slots.
fn has_room_in(counts: &HashMap<String, usize>, networks: &[Counted], most: usize, all: usize) -> bool {
    networks.iter().all(|Counted { name, share }| {
        let share = usize::try_from(*share).unwrap_or(usize::MAX);
        let limit = if share > 1 { most.saturating_mul(share).min((all / 2).max(most)) } else { most };
        counts.get(name).copied().unwrap_or_default() < limit
    })
}

fn increment_all(counts: &mut HashMap<String, usize>, networks: &[Counted]) {
    for network in networks {
        increment(counts, &network.name);
    }
}

fn decrement_all(counts: &mut HashMap<String, usize>, networks: &[Counted]) {
    for network in networks {
        decrement(counts, &network.name);
    }
}

fn increment(counts: &mut HashMap<String, usize>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

fn decrement(counts: &mut HashMap<String, usize>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits {
        total: 10_000,
        anonymous: 5_000,
        opening: 2_500,
        per_network: 2_500,
        anonymous_per_network: 200,
        per_user: 100,
    };

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    fn user(name: impl ToString) -> Holder {
        Holder::User(name.to_string())
    }

    #[test]
    fn three_thousand_anonymous_connections_of_one_network_leave_another_its_slot() {
        let connections = Connections::new(LIMITS);
        let slots: Vec<_> =
            (0..3_000).filter_map(|_| connections.acquire(address("192.0.2.1"), Holder::Anonymous).ok()).collect();
        assert_eq!(slots.len(), 200);
        assert!(connections.acquire(address("192.0.2.2"), Holder::Anonymous).is_ok());
        // Who is signed in has a slot even at that address.
        assert!(connections.acquire(address("192.0.2.1"), user(1)).is_ok());
    }

    #[test]
    fn all_networks_without_an_account_leave_people_their_slots() {
        let connections = Connections::new(LIMITS);
        let mut slots = Vec::new();
        for network in 0..200 {
            for holder in [Holder::Anonymous, Holder::Opening] {
                let from = address(&format!("10.0.{network}.1"));
                slots.extend((0..100).filter_map(|_| connections.acquire(from, holder.clone()).ok()));
            }
        }
        assert_eq!(slots.len(), 7_500);
        assert!(connections.acquire(address("10.1.0.1"), user(1)).is_ok());
        assert_eq!(connections.acquire(address("10.1.0.1"), Holder::Anonymous).err(), Some(TooManyConnections));
    }

    #[test]
    fn one_network_does_not_get_all_whoever_is_there() {
        let connections = Connections::new(LIMITS);
        let slots: Vec<_> =
            (0..5_000).filter_map(|person| connections.acquire(address("192.0.2.1"), user(person)).ok()).collect();
        assert_eq!(slots.len(), 2_500);
        assert!(connections.acquire(address("192.0.2.2"), user(1)).is_ok());
    }

    #[test]
    fn whoever_has_a_whole_ipv6_network_leaves_others_their_slots() {
        // Each in a /64 of its own, of one /48: as many as a tunnel broker gives to whoever asks.
        let from = |number: usize| address(&format!("2001:db8:1:{number:x}::1"));
        for holder in [Holder::Opening, Holder::Anonymous, user("ada")] {
            let limits = ConnectionLimits { per_user: usize::MAX, ..LIMITS };
            let connections = Connections::new(limits);
            let held: Vec<_> =
                (0..20_000).filter_map(|number| connections.acquire(from(number), holder.clone()).ok()).collect();
            let most = match holder {
                Holder::Opening => limits.opening / 2,
                Holder::Anonymous => limits.anonymous / 2,
                Holder::User(_) => limits.total / 2,
            };
            assert_eq!(held.len(), most, "{holder:?}");
            assert!(connections.acquire(address("2001:db8:2::1"), holder.clone()).is_ok(), "{holder:?}");
            assert!(connections.acquire(address("192.0.2.1"), holder).is_ok());
            drop(held);
            assert!(connections.open.lock().networks.is_empty());
        }
        // A /56 has four times as much as a /64.
        let connections = Connections::new(LIMITS);
        let held: Vec<_> =
            (0..1_024).filter_map(|number| connections.acquire(from(number % 256), Holder::Anonymous).ok()).collect();
        assert_eq!(held.len(), 800);
    }

    #[test]
    fn a_person_has_so_many_at_all_addresses_together() {
        let connections = Connections::new(LIMITS);
        let from = |number: usize| connections.acquire(address(&format!("192.0.2.{}", number % 200)), user("ada"));
        let slots: Vec<_> = (0..150).filter_map(|number| from(number).ok()).collect();
        assert_eq!(slots.len(), 100);
        drop(slots);
        assert!(from(0).is_ok());
    }

    #[test]
    fn who_signs_in_leaves_the_slots_of_those_who_have_not() {
        let connections = Connections::new(ConnectionLimits { anonymous_per_network: 1, per_user: 1, ..LIMITS });
        let from = address("192.0.2.1");
        let mut slot = connections.acquire(from, Holder::Opening).expect("a slot");
        assert!(connections.acquire(from, Holder::Opening).is_err());
        assert_eq!(slot.change_holder(user("ada")), Ok(()));
        let mut second = connections.acquire(from, Holder::Opening).expect("a slot");
        assert_eq!(second.change_holder(user("ada")), Err(TooManyConnections));
        assert_eq!(second.change_holder(Holder::Anonymous), Ok(()));
        drop((slot, second));
        let open = connections.open.lock();
        assert_eq!((open.total, open.opening, open.anonymous), (0, 0, 0));
        assert!(open.networks.is_empty() && open.anonymous_networks.is_empty() && open.users.is_empty());
    }
}
