//! The Rust snippet of the README, run as a program against the sandbox.

use std::process::Command;

use crate::support::{KEY, Sandbox};

#[test]
fn the_readmes_program_syncs_a_shop() {
    let sandbox = Sandbox::start(&["--orders", "30", "--products", "5"]);
    let folder = tempfile::tempdir().unwrap();
    // Cargo builds examples beside the tests.
    let built = std::env::current_exe().unwrap().with_file_name("../examples/quickstart");
    let output = Command::new(built)
        .env("DIANQIAO_KEY", hex::encode(KEY))
        .env("DATABASE", folder.path().join("shop.db"))
        .env("ALLOW_HOST", sandbox.host())
        .env("APP_KEY", sandbox.text("/doudian/selfUse/appKey"))
        .env("APP_SECRET", sandbox.text("/doudian/selfUse/appSecret"))
        .env("API_URL", sandbox.api())
        .env("CALLS_PER_SECOND", "500")
        .env("SHOP_ID", sandbox.platform_shop_id())
        .output()
        .expect(
            "built by `cargo test`; before `cargo test --test it` run `cargo build --example quickstart`",
        );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().count(), 31, "{text}");
}
