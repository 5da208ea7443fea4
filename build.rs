//! Link settings of the Node addon; nothing for Rust users.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
