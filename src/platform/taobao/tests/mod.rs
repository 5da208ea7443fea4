//! Tests of the adapter: golden vectors, fixtures of every answer, every fault row, every call.

mod call;
mod decode;
mod decrypt;
mod fault;
mod market;
mod odd;
mod order;
mod sign;
mod write;

use super::Taobao;

/// A recorded-looking answer, built from the fact sheet.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/taobao/", $name, ".json")).as_slice()
    };
}

use fixture;
