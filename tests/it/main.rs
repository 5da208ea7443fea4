//! One integration binary: behaviour through the public face, against the sandbox.

mod connect;
mod files;
mod rights;
mod secrets;
mod support;
mod sync;
mod tokens;
