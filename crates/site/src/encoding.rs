//! Content encodings: which of those that exist a client takes (RFC 9110, 12.5.3).

/// An encoding that files are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The smaller first.
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What is added to the name of a file.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Whether a client that accepts this takes the encoding. Weights only tell refusals: smaller is better for everybody.
    pub(crate) fn is_accepted(self, accepted: &str) -> bool {
        let mut any = false;
        for coding in accepted.split(',') {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = parameters.trim().strip_prefix("q=").or_else(|| parameters.trim().strip_prefix("Q="));
            let is_wanted = weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0));
            if name.trim().eq_ignore_ascii_case(self.name()) {
                return is_wanted;
            }
            any |= name.trim() == "*" && is_wanted;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_unless_it_is_refused_or_not_named() {
        for accepted in ["br", "gzip, deflate, br", "gzip;q=1.0, BR;q=0.1", "*", "gzip;q=0, *"] {
            assert!(Encoding::Brotli.is_accepted(accepted), "{accepted}");
        }
        for accepted in ["", "gzip", "br;q=0", "br;q=0.000, *", "br;q=x", "*;q=0", "brotli"] {
            assert!(!Encoding::Brotli.is_accepted(accepted), "{accepted}");
        }
    }
}
