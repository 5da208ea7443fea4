//! The documents that state facts about the code, held to it: every error code, every file they name,
//! and how far each capability is proved.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails, and says why")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dianqiao::ErrorKind;
use dianqiao::model::PlatformId;
use dianqiao::platform::{Capability, Platform, adapters};

/// Set to write the generated documents instead of comparing them.
const UPDATE: &str = "UPDATE_DOCS";

const DOUDIAN_LISTING: &str = "tests/it/doudian_listing.rs";

const PINDUODUO: &str = "tests/it/conformance/pinduoduo.rs";
const PINDUODUO_WRITES: &str = "pinduoduo_takes_each_write_once";
const PINDUODUO_LISTING: &str = "tests/it/conformance/pinduoduo_publish.rs";
const PINDUODUO_PUBLISHES: &str = "pinduoduo_publishes_once_and_edits_without_moving_stock";

const DECRYPT: &str = "tests/it/conformance/decrypt.rs";
const DECRYPTS: &str = "buyer_data_is_opened_for_the_caller_and_kept_nowhere";

const MARKETING: &str = "tests/it/marketing.rs";
const LINK_ORDERS: &str = "orders_of_links_are_read_whole_however_they_are_paged";
const TAOBAO_PROMOTIONS: &str = "taobao_promotions_of_each_kind_and_coupons_in_fen_are_listed";
const TAOBAO_LINKS: &str = "taobao_goods_become_passwords";
const JD_PROMOTIONS: &str = "jd_promotions_and_coupons_are_those_of_the_shop";
const JD_CAMPAIGNS: &str = "tests/it/conformance/jd_campaign.rs";
const JD_CREATES: &str = "jd_creates_a_promotion_of_prices_once_and_shows_it_under_review";
const JD_LINKS: &str = "jd_goods_become_links_of_a_site";
const PINDUODUO_PROMOTIONS: &str = "pinduoduo_promotions_and_both_kinds_of_coupons_are_listed";
const PINDUODUO_LINKS: &str = "pinduoduo_goods_are_found_and_promoted_by_an_app_without_shops";

const DOUYIN_ACCOUNTS: &str = "tests/it/douyin/accounts.rs";
const DOUYIN_POSTS: &str = "tests/it/douyin/posting.rs";
const DOUYIN_SHARES: &str = "tests/it/douyin/share.rs";

const TAOBAO_READS: &str = "tests/it/taobao/reading.rs";
const TAOBAO_WRITES: &str = "tests/it/taobao/writing.rs";
const TAOBAO_PUBLISHES: &str = "tests/it/taobao/publishing.rs";
const TAOBAO_PUBLISHED: &str = "a_draft_with_an_image_becomes_one_product_and_is_followed_to_the_shelf";
const TAOBAO_ALL: &str = "a_first_sync_reads_all_and_the_next_what_changed";

/// The tests that prove a capability against the sandbox, which plays the platform. A capability that
/// is not named here counts as vector-tested at most.
const SIMULATED: &[(PlatformId, Capability, &str, &str)] = &[
    (
        PlatformId::Doudian,
        Capability::ConnectTool,
        "tests/it/connect.rs",
        "a_callback_is_good_once_and_only_with_its_own_state_session_and_code",
    ),
    (
        PlatformId::Doudian,
        Capability::ConnectSelfUse,
        "tests/it/connect.rs",
        "a_self_use_app_connects_without_a_browser",
    ),
    (
        PlatformId::Doudian,
        Capability::RefreshGrant,
        "tests/it/tokens.rs",
        "a_hundred_callers_of_an_expired_token_make_one_refresh",
    ),
    (PlatformId::Doudian, Capability::ListProducts, "tests/it/sync.rs", READS_ALL),
    (PlatformId::Doudian, Capability::ListSkus, "tests/it/sync.rs", READS_ALL),
    (
        PlatformId::Doudian,
        Capability::GetProduct,
        "tests/it/fetch.rs",
        "a_product_asked_for_has_the_skus_that_were_listed",
    ),
    (PlatformId::Doudian, Capability::ListOrders, "tests/it/sync.rs", READS_ALL),
    (
        PlatformId::Doudian,
        Capability::GetOrder,
        "tests/it/fetch.rs",
        "an_order_asked_for_equals_the_one_that_was_listed",
    ),
    (PlatformId::Doudian, Capability::ListRefunds, SUITE, ALIKE),
    (
        PlatformId::Doudian,
        Capability::GetRefund,
        "tests/it/conformance/doudian.rs",
        "a_doudian_case_read_alone_is_the_one_that_was_listed",
    ),
    (
        PlatformId::Doudian,
        Capability::ListCategories,
        "tests/it/fetch.rs",
        "the_tree_of_categories_can_be_walked_to_its_leaves",
    ),
    (PlatformId::Doudian, Capability::SetOnline, "tests/it/writes.rs", WRITES),
    (PlatformId::Doudian, Capability::SetPrice, "tests/it/writes.rs", WRITES),
    (PlatformId::Doudian, Capability::SetStock, "tests/it/writes.rs", WRITES),
    (
        PlatformId::Doudian,
        Capability::CategoryRules,
        DOUDIAN_LISTING,
        "a_product_is_published_with_its_pictures_and_goes_on_sale",
    ),
    (
        PlatformId::Doudian,
        Capability::PublishProduct,
        DOUDIAN_LISTING,
        "a_product_whose_answer_is_lost_is_found_and_is_there_once",
    ),
    (
        PlatformId::Doudian,
        Capability::UpdateProduct,
        DOUDIAN_LISTING,
        "an_edit_replaces_the_product_on_sale_after_its_review",
    ),
    (PlatformId::Doudian, Capability::ShipOrder, "tests/it/writes.rs", WRITES),
    (PlatformId::Doudian, Capability::ListCompanies, "tests/it/writes.rs", WRITES),
    (
        PlatformId::Doudian,
        Capability::Raw,
        "tests/it/tokens.rs",
        "a_hundred_callers_of_an_expired_token_make_one_refresh",
    ),
    (PlatformId::Taobao, Capability::ConnectTool, TAOBAO_READS, TAOBAO_ALL),
    (
        PlatformId::Taobao,
        Capability::RefreshGrant,
        "tests/it/taobao/grants.rs",
        "an_expired_session_is_renewed_once_and_the_call_repeated",
    ),
    (PlatformId::Taobao, Capability::ListProducts, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::ListSkus, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::GetProduct, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::ListOrders, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::GetOrder, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::ListRefunds, TAOBAO_READS, TAOBAO_ALL),
    (PlatformId::Taobao, Capability::ListCategories, TAOBAO_READS, "any_method_is_called_files_included"),
    (
        PlatformId::Taobao,
        Capability::SetOnline,
        TAOBAO_WRITES,
        "a_product_is_taken_down_and_listed_again_with_its_stock",
    ),
    (
        PlatformId::Taobao,
        Capability::SetPrice,
        TAOBAO_WRITES,
        "a_taobao_shop_sets_prices_by_options_and_stock_by_id",
    ),
    (
        PlatformId::Taobao,
        Capability::SetStock,
        TAOBAO_WRITES,
        "a_tmall_shop_adds_stock_once_even_when_the_answer_is_lost",
    ),
    (PlatformId::Taobao, Capability::ShipOrder, TAOBAO_WRITES, "a_trade_is_shipped_once"),
    (PlatformId::Taobao, Capability::ListCompanies, TAOBAO_WRITES, "a_trade_is_shipped_once"),
    (PlatformId::Taobao, Capability::CategoryRules, TAOBAO_PUBLISHES, TAOBAO_PUBLISHED),
    (PlatformId::Taobao, Capability::PublishProduct, TAOBAO_PUBLISHES, TAOBAO_PUBLISHED),
    (
        PlatformId::Taobao,
        Capability::UpdateProduct,
        TAOBAO_PUBLISHES,
        "a_product_is_edited_as_a_whole_and_keeps_what_was_sold_meanwhile",
    ),
    (PlatformId::Taobao, Capability::ListCampaigns, MARKETING, TAOBAO_PROMOTIONS),
    (PlatformId::Taobao, Capability::ListCoupons, MARKETING, TAOBAO_PROMOTIONS),
    (PlatformId::Taobao, Capability::CreateLinks, MARKETING, TAOBAO_LINKS),
    (PlatformId::Taobao, Capability::SearchGoods, MARKETING, TAOBAO_LINKS),
    (PlatformId::Taobao, Capability::ListLinkOrders, MARKETING, LINK_ORDERS),
    (PlatformId::Taobao, Capability::Raw, TAOBAO_READS, "any_method_is_called_files_included"),
    (PlatformId::Pinduoduo, Capability::ConnectTool, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::RefreshGrant, SUITE, RENEWS),
    (PlatformId::Pinduoduo, Capability::ListProducts, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::ListSkus, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::GetProduct, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::ListOrders, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::GetOrder, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::ListRefunds, SUITE, ALIKE),
    (PlatformId::Pinduoduo, Capability::SetOnline, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::SetPrice, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::SetStock, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::CategoryRules, PINDUODUO_LISTING, PINDUODUO_PUBLISHES),
    (PlatformId::Pinduoduo, Capability::PublishProduct, PINDUODUO_LISTING, PINDUODUO_PUBLISHES),
    (PlatformId::Pinduoduo, Capability::UpdateProduct, PINDUODUO_LISTING, PINDUODUO_PUBLISHES),
    (PlatformId::Pinduoduo, Capability::ShipOrder, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::ListCompanies, PINDUODUO, PINDUODUO_WRITES),
    (PlatformId::Pinduoduo, Capability::ListCampaigns, MARKETING, PINDUODUO_PROMOTIONS),
    (PlatformId::Pinduoduo, Capability::ListCoupons, MARKETING, PINDUODUO_PROMOTIONS),
    (PlatformId::Pinduoduo, Capability::CreateLinks, MARKETING, PINDUODUO_LINKS),
    (PlatformId::Pinduoduo, Capability::SearchGoods, MARKETING, PINDUODUO_LINKS),
    (PlatformId::Pinduoduo, Capability::ListLinkOrders, MARKETING, LINK_ORDERS),
    (
        PlatformId::Pinduoduo,
        Capability::Raw,
        PINDUODUO,
        "pinduoduo_takes_files_and_tells_of_windows_that_are_too_wide",
    ),
    (PlatformId::Jd, Capability::ConnectTool, SUITE, ALIKE),
    (PlatformId::Jd, Capability::RefreshGrant, SUITE, RENEWS),
    (PlatformId::Jd, Capability::ListProducts, SUITE, ALIKE),
    (PlatformId::Jd, Capability::ListSkus, SUITE, ALIKE),
    (PlatformId::Jd, Capability::GetProduct, JD, JD_WRITES),
    (PlatformId::Jd, Capability::ListOrders, SUITE, ALIKE),
    (PlatformId::Jd, Capability::ListRefunds, SUITE, ALIKE),
    (PlatformId::Jd, Capability::SetOnline, JD, JD_WRITES),
    (PlatformId::Jd, Capability::SetPrice, JD, JD_WRITES),
    (PlatformId::Jd, Capability::SetStock, JD, JD_WRITES),
    (PlatformId::Jd, Capability::CategoryRules, JD_PUBLISH, JD_PUBLISHES),
    (PlatformId::Jd, Capability::PublishProduct, JD_PUBLISH, JD_PUBLISHES),
    (PlatformId::Jd, Capability::ShipOrder, JD, JD_WRITES),
    (PlatformId::Jd, Capability::ListCompanies, JD, JD_WRITES),
    (PlatformId::Jd, Capability::ListCampaigns, MARKETING, JD_PROMOTIONS),
    (PlatformId::Jd, Capability::CreateCampaigns, JD_CAMPAIGNS, JD_CREATES),
    (PlatformId::Jd, Capability::ListCoupons, MARKETING, JD_PROMOTIONS),
    (PlatformId::Jd, Capability::CreateLinks, MARKETING, JD_LINKS),
    (PlatformId::Jd, Capability::SearchGoods, MARKETING, JD_LINKS),
    (PlatformId::Jd, Capability::ListLinkOrders, MARKETING, LINK_ORDERS),
    (PlatformId::Jd, Capability::Raw, SUITE, RENEWS),
    (PlatformId::Doudian, Capability::DecryptOrders, DECRYPT, DECRYPTS),
    (PlatformId::Taobao, Capability::DecryptOrders, DECRYPT, DECRYPTS),
    (PlatformId::Pinduoduo, Capability::DecryptOrders, DECRYPT, DECRYPTS),
    (
        PlatformId::Jd,
        Capability::DecryptOrders,
        DECRYPT,
        "jd_gives_keys_to_apps_that_may_not_read_plain_text",
    ),
    (
        PlatformId::Douyin,
        Capability::ConnectTool,
        DOUYIN_ACCOUNTS,
        "an_account_is_connected_in_the_browser_and_has_nothing_to_sync",
    ),
    (
        PlatformId::Douyin,
        Capability::RefreshGrant,
        DOUYIN_ACCOUNTS,
        "an_expired_token_is_renewed_once_and_keeps_its_refresh_token",
    ),
    (
        PlatformId::Douyin,
        Capability::PostVideo,
        DOUYIN_POSTS,
        "a_video_with_a_cover_is_posted_found_and_followed_through_its_review",
    ),
    (PlatformId::Douyin, Capability::PostImages, DOUYIN_POSTS, "pictures_are_posted_and_found_by_their_text"),
    (
        PlatformId::Douyin,
        Capability::ShareLink,
        DOUYIN_SHARES,
        "a_link_opens_in_the_app_and_its_post_is_found_and_told",
    ),
    (PlatformId::Douyin, Capability::PostFigures, DOUYIN_POSTS, "figures_of_a_young_post_come_by_day"),
    (
        PlatformId::Douyin,
        Capability::Raw,
        DOUYIN_ACCOUNTS,
        "methods_by_hand_get_the_account_and_keep_its_order",
    ),
];
const SUITE: &str = "tests/it/conformance/mod.rs";
const JD: &str = "tests/it/conformance/jd.rs";
const ALIKE: &str = "every_platform_connects_syncs_and_follows_what_changes";
const RENEWS: &str = "an_expired_token_is_renewed_once_and_the_call_made_again_once";
const JD_PUBLISH: &str = "tests/it/conformance/jd_publish.rs";
const JD_PUBLISHES: &str = "jd_publishes_a_ware_and_follows_its_audit";
const JD_WRITES: &str = "jd_takes_each_write_once";
const WRITES: &str = "each_write_reaches_the_sandbox_once";
const READS_ALL: &str = "the_first_sync_reads_everything_and_the_next_only_what_changed";

/// The test that holds a platform's signatures to vectors of independent programs.
const VECTOR_TEST: &str = "every_request_vector_is_reproduced";
/// Where requests are not signed, links that people open are.
const LINK_VECTOR_TEST: &str = "every_vector_of_a_share_link_is_reproduced";

const CAPABILITIES_HEAD: &str = "\
<!-- Generated from the adapters and tests/docs.rs: UPDATE_DOCS=1 cargo test --test docs. Do not edit. -->

# What each platform offers, and how far it is proved

| level | means |
|---|---|
| documented | built from the platform's documents, which `docs.md` beside the adapter sums up; keeps the rules that hold for every adapter (`src/platform/conformance/mod.rs`) |
| vector-tested | as above, and its request is signed as vectors of independent programs say (`tests/vectors/`) |
| simulated | as above, and a test uses it, through the public face, against `examples/sandbox/`, a second reading of the same protocol |
| live-verified | tried with a real account. **Nothing is.** |

Each level includes the ones above it. \"–\" is not offered: it fails with `UNSUPPORTED`.
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a file has a test of that name.
fn has_test(path: &str, name: &str) -> bool {
    let file = syn::parse_file(&text(path)).expect("the tests parse");
    file.items.iter().any(|item| match item {
        syn::Item::Fn(function) => {
            let is_test =
                |attr: &syn::Attribute| attr.path().segments.last().is_some_and(|end| end.ident == "test");
            function.sig.ident == name && function.attrs.iter().any(is_test)
        }
        _ => false,
    })
}

/// Those that are shipped: the fake exists in builds for tests alone.
fn shipped() -> impl Iterator<Item = &'static dyn Platform> {
    adapters().filter(|adapter| adapter.id().as_str() != "fake")
}

fn simulated(platform: PlatformId, capability: Capability) -> Option<(&'static str, &'static str)> {
    let found = SIMULATED.iter().find(|(of, what, ..)| (*of, *what) == (platform, capability));
    found.map(|(_, _, file, test)| (*file, *test))
}

/// The highest level of evidence. Nothing says "live": nobody has tried a real account.
fn level(adapter: &dyn Platform, capability: Capability) -> &'static str {
    let signatures = format!("src/platform/{}/tests/sign.rs", adapter.id());
    if !adapter.capabilities().contains(&capability) {
        "–"
    } else if simulated(adapter.id(), capability).is_some() {
        "simulated"
    } else if has_test(&signatures, VECTOR_TEST) {
        "vector-tested"
    } else {
        "documented"
    }
}

/// Why a platform lacks what it lacks, where its documents tell.
fn reasons(adapter: &dyn Platform) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut reasons = BTreeMap::<_, Vec<_>>::new();
    for capability in Capability::ALL {
        let lacks = !adapter.capabilities().contains(&capability);
        if let Some(why) = adapter.why_not(capability).filter(|_| lacks) {
            reasons.entry(why).or_default().push(capability.as_str());
        }
    }
    reasons
}

fn capabilities_md() -> String {
    let adapters: Vec<_> = shipped().collect();
    let heads: Vec<_> =
        adapters.iter().map(|adapter| format!("{} `{}`", adapter.name(), adapter.id())).collect();
    let mut page = CAPABILITIES_HEAD.to_owned();
    page += &format!("\n| capability | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for capability in Capability::ALL {
        let levels: Vec<_> = adapters.iter().map(|adapter| level(*adapter, capability)).collect();
        page += &format!("| `{}` | {} |\n", capability.as_str(), levels.join(" | "));
    }
    for adapter in adapters {
        page += &format!("\n## {} `{}`\n\n", adapter.name(), adapter.id());
        let (what, test) = match adapter.signs() {
            true => ("signatures of all calls", VECTOR_TEST),
            false => ("no call is signed; signatures of links", LINK_VECTOR_TEST),
        };
        page += &format!("- {what}: `src/platform/{}/tests/sign.rs`, `{test}`\n", adapter.id());
        for (why, words) in reasons(adapter) {
            page += &format!("- not offered: `{}`: {why}\n", words.join("`, `"));
        }
        for capability in adapter.capabilities() {
            if let Some((file, test)) = simulated(adapter.id(), *capability) {
                page += &format!("- `{}`: `{file}`, `{test}`\n", capability.as_str());
            }
        }
    }
    page
}

#[test]
fn capabilities_md_is_fresh() {
    let (path, fresh) = ("docs/capabilities.md", capabilities_md());
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(path), &fresh).expect("a writable file");
    }
    let committed = fs::read_to_string(root().join(path)).unwrap_or_default();
    assert!(
        committed == fresh,
        "{path} is stale: run `{UPDATE}=1 cargo test --test docs` and commit the result"
    );
}

#[test]
fn every_proof_is_a_test_of_a_claimed_capability() {
    for (platform, capability, file, test) in SIMULATED {
        assert!(has_test(file, test), "{file} has no test {test}");
        let adapter = dianqiao::platform::adapter(*platform);
        assert!(adapter.capabilities().contains(capability), "{platform} does not claim {capability:?}");
    }
    for adapter in shipped() {
        let test = if adapter.signs() { VECTOR_TEST } else { LINK_VECTOR_TEST };
        let file = format!("src/platform/{}/tests/sign.rs", adapter.id());
        assert!(has_test(&file, test), "{file} has no test {test}");
    }
    assert!(!has_test("tests/it/sync.rs", "no_such_test"));
    assert!(!has_test("tests/it/support.rs", "keys"), "a function is not a test");
}

#[test]
fn errors_md_lists_every_code_in_order() {
    let page = text("docs/errors.md");
    let (_, page) = page.split_once("\n| code |").expect("a table of codes");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: Vec<_> = rows.collect();
    let codes: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(listed, codes, "docs/errors.md and ErrorKind::ALL differ");
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells = line.trim_matches('|').split(" | ").filter(|cell| !cell.trim().is_empty()).count();
        assert_eq!(cells, 4, "a code needs its meaning, when it comes and what to do: {line}");
    }
}

/// The documents and where their relative links start.
fn documents() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs")).expect("a folder of documents");
    let pages = folder.map(|entry| entry.expect("a readable entry").path());
    pages.chain(["CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name))).collect()
}

/// Paths in backticks that start with a folder of ours, and targets of relative links.
fn named_paths(page: &str) -> (Vec<&str>, Vec<&str>) {
    const FOLDERS: [&str; 8] =
        ["src/", "tests/", "scripts/", "docs/", "examples/", "npm/", "__test__/", ".ci/"];
    let quoted = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let plain = |path: &&str| !path.contains([' ', '*', '{']);
    let paths = quoted.filter(|path| FOLDERS.iter().any(|folder| path.starts_with(folder))).filter(plain);
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    (paths.collect(), targets.filter(|target| !target.is_empty() && !target.contains("://")).collect())
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut missing = BTreeMap::<String, Vec<PathBuf>>::new();
    for document in documents() {
        let page = fs::read_to_string(&document).expect("a readable document");
        let (paths, links) = named_paths(&page);
        let folder = document.parent().expect("a document lies in a folder");
        // `<platform>` stands for every platform.
        let each = |path: &str| {
            shipped()
                .map(|adapter| root().join(path.replace("<platform>", adapter.id().as_str())))
                .collect::<Vec<_>>()
        };
        let named =
            paths.iter().flat_map(|path| each(path)).chain(links.iter().map(|link| folder.join(link)));
        let gone: Vec<_> = named.filter(|path| !path.exists()).collect();
        if !gone.is_empty() {
            missing.insert(document.display().to_string(), gone);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_file_that_does_not_exist_would_be_found() {
    let page =
        "see `src/gone.rs`, `npm test`, `src/*.rs` and [there](gone.md#part), not [here](https://a.example)";
    assert_eq!(named_paths(page), (vec!["src/gone.rs"], vec!["gone.md"]));
}
