//! One integration binary: behaviour through the public face, against the sandbox.

mod support;
mod sync;
