//! The layer table of `docs/architecture.md`, enforced: who may import whom, and which module alone
//! may name which crate. Planted breaches of each rule must be caught.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails, and says why")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{UseTree, parse_file};

/// Each unit and what of the crate it may name. A unit is a top-level module, or a file of `pipeline`
/// that has a layer of its own.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("error", &["model"]),
    ("clock", &["model"]),
    ("secret", &[]),
    ("model", &["error", "secret"]),
    ("event", L0),
    ("http", L0),
    ("failpoint", &[]),
    ("supervisor", &["failpoint"]),
    ("store", &["failpoint", "error", "clock", "secret", "model", "supervisor"]),
    ("limit", L0),
    ("access", L0),
    ("platform", L0),
    (
        "pipeline",
        &["failpoint", "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access"],
    ),
    (
        "auth",
        &[
            "event", "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access",
            "pipeline",
        ],
    ),
    (
        "pipeline/call",
        &[
            "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access", "pipeline",
            "auth",
        ],
    ),
    (
        "sync",
        &[
            "event", "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access",
            "pipeline", "auth",
        ],
    ),
    (
        "publish",
        &[
            "failpoint",
            "event",
            "error",
            "clock",
            "secret",
            "model",
            "http",
            "limit",
            "platform",
            "store",
            "access",
            "pipeline",
            "auth",
            "media",
        ],
    ),
    (
        "queue",
        &["event", "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access"],
    ),
    ("media", &["error", "clock", "secret", "model", "http", "platform", "store"]),
    ("config", &["error", "clock", "secret", "model", "auth"]),
    (
        "hub",
        &[
            "event", "error", "clock", "secret", "model", "http", "limit", "platform", "store", "access",
            "pipeline", "auth", "media", "sync", "publish", "queue", "config",
        ],
    ),
    ("node", &["failpoint", "error", "secret", "model", "hub", "config", "auth"]),
];
const L0: &[&str] = &["error", "clock", "secret", "model"];

/// Crates that one module alone may name.
const OWNED: &[(&str, &[&str])] = &[
    ("reqwest", &["http"]),
    ("rustls", &["http"]),
    ("rusqlite", &["store"]),
    ("refinery", &["store"]),
    ("rustix", &["store"]),
    ("nix", &["store"]),
    ("governor", &["limit"]),
    ("image", &["media"]),
    ("oauth2", &["auth/flow"]),
    ("cronexpr", &["queue"]),
    ("aes_gcm", &["auth/cipher"]),
    ("secrecy", &["secret"]),
    ("quick_xml", &["platform/taobao/listing/xml"]),
    ("napi", &["node"]),
    ("napi_derive", &["node"]),
];

/// Layer 0 and the adapters are pure: of foreign crates they may name these only.
const PURE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("secret", &["secrecy", "zeroize"]),
    ("model", &["jiff"]),
    ("access", &[]),
    (
        "platform",
        &[
            "serde",
            "serde_json",
            "thiserror",
            "hmac",
            "sha1",
            "sha2",
            "md5",
            "hex",
            "jiff",
            "subtle",
            "url",
            "base64",
            "quick_xml",
            "aes",
        ],
    ),
];

/// Adapters never name each other.
const ADAPTERS: &str = "platform/";

#[derive(Debug)]
struct Named {
    /// Path segments; for this crate's items starting with `crate`.
    path: Vec<String>,
}

/// Collects every path of a file: use trees and inline ones, `super::` resolved.
struct Paths<'a> {
    module: &'a [String],
    found: Vec<Named>,
}

impl Paths<'_> {
    fn add(&mut self, mut path: Vec<String>) {
        match path.first().map(String::as_str) {
            Some("self") => {
                path.remove(0);
                path.splice(0..0, std::iter::once("crate".to_owned()).chain(self.module.iter().cloned()));
            }
            Some("super") => {
                let ups = path.iter().take_while(|segment| *segment == "super").count();
                let keep = self.module.len().saturating_sub(ups);
                path.drain(..ups);
                let base = std::iter::once("crate".to_owned()).chain(self.module[..keep].iter().cloned());
                path.splice(0..0, base);
            }
            _ => {}
        }
        self.found.push(Named { path });
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.add(with(name.ident.to_string())),
            UseTree::Rename(rename) => self.add(with(rename.ident.to_string())),
            UseTree::Glob(_) => self.add(prefix.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, prefix)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Tests may use what they like.
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("cfg") && quote_of(attr).contains("test"))
}

fn quote_of(attr: &syn::Attribute) -> String {
    match &attr.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    }
}

/// The breaches of one file, given the path of its module.
fn breaches(module: &[String], source: &str) -> Vec<String> {
    let file = parse_file(source).expect("the sources parse");
    let mut paths = Paths { module, found: Vec::new() };
    paths.visit_file(&file);
    let place = module.join("/");
    let unit = unit_of(&place);
    let mut wrong = Vec::new();
    for Named { path } in &paths.found {
        let root = path.first().map_or("", String::as_str);
        if root == "crate" {
            let target = path.get(1).map_or("", String::as_str);
            wrong.extend(own_breach(&place, unit, target, path));
        } else {
            wrong.extend(foreign_breach(&place, unit, root, path.len()));
        }
    }
    wrong
}

fn unit_of(place: &str) -> &str {
    if place.starts_with("pipeline/call") {
        "pipeline/call"
    } else {
        place.split('/').next().unwrap_or_default()
    }
}

fn own_breach(place: &str, unit: &str, target: &str, path: &[String]) -> Option<String> {
    let own = place.split('/').next().unwrap_or_default();
    let is_module = MAY_IMPORT.iter().any(|(name, _)| *name == target);
    if is_module && target != own {
        let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == unit).map(|(_, allowed)| *allowed);
        if !allowed.is_some_and(|allowed| allowed.contains(&target)) {
            return Some(format!("{place} names crate::{target}"));
        }
    }
    let adapter =
        |path: &str| path.strip_prefix(ADAPTERS).and_then(|rest| rest.split('/').next()).map(str::to_owned);
    let theirs = path.get(1..).map(|rest| rest.join("/")).unwrap_or_default();
    // An adapter is a folder with a signature; `lenient` is shared by all of them.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform");
    let is_adapter = |name: &String| folder.join(name).join("sign.rs").is_file();
    match (adapter(place).filter(is_adapter), adapter(&theirs).filter(is_adapter)) {
        (Some(mine), Some(other)) if mine != other => Some(format!("adapter {mine} names adapter {other}")),
        _ => None,
    }
}

fn foreign_breach(place: &str, unit: &str, root: &str, length: usize) -> Option<String> {
    if let Some((_, owners)) = OWNED.iter().find(|(name, _)| *name == root)
        && length > 1
        && !owners.iter().any(|owner| place == *owner || place.starts_with(&format!("{owner}/")))
    {
        return Some(format!("{place} names the crate {root}"));
    }
    let is_foreign = length > 1 && dependencies().contains_key(root);
    let pure = PURE.iter().find(|(name, _)| *name == unit).map(|(_, allowed)| *allowed)?;
    let is_allowed = pure.contains(&root) || matches!(root, "serde" | "thiserror");
    (is_foreign && !is_allowed).then(|| format!("{place} names the crate {root}, but has to stay pure"))
}

/// The crates of Cargo.toml, as they are spelled in code.
fn dependencies() -> BTreeMap<String, ()> {
    let manifest = include_str!("../Cargo.toml");
    let names =
        manifest.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name.replace('-', "_")));
    names.map(|name| if name == "md_5" { ("md5".into(), ()) } else { (name, ()) }).collect()
}

fn module_of(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).expect("below src").with_extension("");
    let mut parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nobody_imports_upwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let module = module_of(&root, &file);
        // The crate's root only says what exists; tests may use what they like.
        let is_test = module.iter().any(|part| part == "tests" || part == "mock" || part == "fake");
        if !module.is_empty() && !is_test {
            wrong.extend(breaches(&module, &fs::read_to_string(&file).expect("a readable file")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_stands_in_the_table() {
    let lib = parse_file(include_str!("../src/lib.rs")).expect("lib.rs parses");
    for item in lib.items {
        if let syn::Item::Mod(module) = item
            && !is_test(&module.attrs)
        {
            let name = module.ident.to_string();
            assert!(MAY_IMPORT.iter().any(|(known, _)| *known == name), "{name} has no layer");
        }
    }
}

#[test]
fn planted_breaches_are_caught() {
    let planted = [
        ("model/order", "use crate::store::Store;"),
        ("http", "use crate::platform::Fault;"),
        ("store/app", "fn f(x: crate::platform::Fault) {}"),
        ("platform/doudian/sign", "use super::super::super::store;"),
        ("platform/doudian/sign", "fn f() { tokio::spawn(async {}); }"),
        ("platform/doudian/sign", "use tokio::time;"),
        ("platform/taobao/listing/schema", "use quick_xml::Reader;"),
        ("model/order", "use reqwest::Client;"),
        ("sync/list", "use rusqlite::Connection;"),
        ("auth/grant", "use aes_gcm::Aes256Gcm;"),
        ("auth/grant", "use oauth2::CsrfToken;"),
        ("pipeline/send", "use crate::auth::Grants;"),
        ("pipeline/send", "use governor::Quota;"),
        ("sync/list", "use crate::hub::Hub;"),
        ("publish/drive", "use crate::sync::Syncer;"),
        ("sync/drive", "use crate::publish::Publisher;"),
        ("auth/flow", "use crate::{sync, error::Error};"),
        ("node/hub", "use crate::store::Store;"),
        ("hub/apps", "use napi::Env;"),
        ("config", "mod inner { use crate::hub::Hub; }"),
    ];
    for (module, source) in planted {
        let module: Vec<_> = module.split('/').map(str::to_owned).collect();
        assert!(!breaches(&module, source).is_empty(), "not caught: {source} in {module:?}");
    }
    let fine = [
        ("pipeline/call", "use crate::auth::Grants;"),
        ("sync/list", "use super::walk::Walk;"),
        ("store/app", "#[cfg(test)] mod tests { use crate::hub::Hub; }"),
        ("auth/cipher", "use aes_gcm::Aes256Gcm;"),
    ];
    for (module, source) in fine {
        let module: Vec<_> = module.split('/').map(str::to_owned).collect();
        assert_eq!(breaches(&module, source), Vec::<String>::new(), "{source}");
    }
}

/// A table of the document: the header, then a line for each rule.
fn table(header: &str, rules: &[(&str, &[&str])]) -> String {
    let words = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
    let lines = rules.iter().map(|(name, names)| match names.is_empty() {
        true => format!("| `{name}` | – |"),
        false => format!("| `{name}` | {} |", words(names)),
    });
    [format!("| {header} |"), "|---|---|".to_owned()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_document_shows_the_same_tables() {
    let page = include_str!("../docs/architecture.md");
    for (header, rules) in [
        ("module | may import", MAY_IMPORT),
        ("crate | named only in", OWNED),
        ("module | foreign crates it may name, besides serde and thiserror", PURE),
    ] {
        let table = table(header, rules);
        assert!(page.contains(&format!("\n{table}\n\n")), "docs/architecture.md should hold:\n\n{table}\n");
    }
}
