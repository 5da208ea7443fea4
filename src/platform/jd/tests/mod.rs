//! Tests of the adapter: golden vectors, fixtures of every answer, every fault row, every call.

mod call;
mod campaign;
mod decode;
mod decrypt;
mod fault;
mod listing;
mod market;
mod refuse;
mod review;
mod sign;

use super::Jd;

/// A recorded-looking answer, built from the fact sheet.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/jd/", $name, ".json")).as_slice()
    };
}

use fixture;
