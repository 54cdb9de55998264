//! Nothing but the place of `tests/it`, the black-box tests of the embedded servers.
