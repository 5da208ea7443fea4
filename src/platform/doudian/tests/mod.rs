//! Tests of the adapter: golden vectors, fixtures of every answer, every fault row, every call.

mod call;
mod decode;
mod fault;
mod listing;
mod refund;
mod review;
mod sign;

use super::Doudian;

/// A recorded-looking answer, built from the fact sheet.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/doudian/", $name, ".json")).as_slice()
    };
}

use fixture;
