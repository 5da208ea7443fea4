//! Tests of the adapter: golden vectors, fixtures of every answer, every fault row, every call.

mod call;
mod decode;
mod decrypt;
mod fault;
mod listing;
mod market;
mod sign;
mod video;

use super::Pinduoduo;

/// A recorded-looking answer, built from the fact sheet.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pinduoduo/", $name, ".json"))
            .as_slice()
    };
}

use fixture;
