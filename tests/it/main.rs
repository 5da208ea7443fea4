//! One integration binary: behaviour through the public face, against the sandbox.

mod connect;
mod errors;
mod files;
mod secrets;
mod support;
mod sync;
