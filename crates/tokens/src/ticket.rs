//! What the router shows when it opens a WebSocket to a subgraph. hive-router sends no headers with an upgrade, so the
//! ticket stands in the query of the URL that it is told to open; the secret itself follows in `connection_init`.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Keeps this use of the secret apart from any other.
const PURPOSE: &[u8] = b"polyphony websocket upgrade";

/// The ticket of this secret, in hexadecimal digits. The secret cannot be told from it.
pub fn upgrade_ticket(secret: &str) -> String {
    mac(secret).finalize().into_bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Whether `ticket` is that of the secret, compared in constant time.
pub fn is_upgrade_ticket(ticket: &str, secret: &str) -> bool {
    let bytes: Option<Vec<u8>> = (0..ticket.len())
        .step_by(2)
        .map(|at| ticket.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
        .collect();
    bytes.is_some_and(|bytes| mac(secret).verify_slice(&bytes).is_ok())
}

fn mac(secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ticket_of_the_secret_is_taken() {
        let ticket = upgrade_ticket("a secret of the router");
        assert!(is_upgrade_ticket(&ticket, "a secret of the router"));
        assert!(!is_upgrade_ticket(&ticket, "another secret of it"));
        for bad in ["", "00", &ticket[2..], "zz", "é1", &format!("{ticket}00")] {
            assert!(!is_upgrade_ticket(bad, "a secret of the router"), "{bad}");
        }
    }
}
