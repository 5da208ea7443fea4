//! One integration binary: behaviour through the public face, against the sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and says where it is"
)]

mod canary;
mod conformance;
mod connect;
mod doudian_listing;
mod douyin;
mod fake;
mod fetch;
mod files;
mod kills;
mod marketing;
mod media;
mod platforms;
mod promotions;
mod quickstart;
mod renewals;
mod restore;
mod rights;
mod rotate;
mod secrets;
mod stage;
mod support;
mod sync;
mod tampering;
mod taobao;
mod tokens;
mod writes;
