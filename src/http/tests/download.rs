//! Downloads: nothing leads inside, and what is public comes whole or not at all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

use super::super::download::{DownloadFailure, DownloadOptions, Downloads};
use super::super::mock::{MockServer, Script, Step, answer, raw};
use super::super::public::{is_public, public_url};
use super::{HttpFailureKind, Issuer};

/// Names that are played, and servers of the test that count as public.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, VecDeque<Vec<SocketAddr>>>>,
    servers: Mutex<HashSet<SocketAddr>>,
    lookups: Mutex<Vec<String>>,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Names {
    /// The next answer for a name; the last one goes on.
    pub(crate) fn look_up(&self, name: &str) -> Vec<SocketAddr> {
        self.lookups.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(queue) = answers.get_mut(name) else { return Vec::new() };
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue.front().cloned().unwrap_or_default() }
    }

    pub(crate) fn is_server(&self, address: &SocketAddr) -> bool {
        self.servers.lock().unwrap().contains(address)
    }

    pub(crate) fn note_dial(&self, addresses: &[SocketAddr]) {
        self.dialled.lock().unwrap().extend(addresses);
    }
}

impl Names {
    fn say(&self, name: &str, answers: impl IntoIterator<Item = Vec<SocketAddr>>) {
        self.answers.lock().unwrap().insert(name.to_owned(), answers.into_iter().collect());
    }

    fn dialled(&self) -> Vec<SocketAddr> {
        self.dialled.lock().unwrap().clone()
    }
}

/// Public files on a loopback server: the one place of the tests that counts as public.
pub(crate) struct Site {
    pub(crate) downloads: Downloads,
    names: Arc<Names>,
    server: MockServer,
}

/// The name of the server.
const HOST: &str = "files.shop.cn";

impl Site {
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let issuer = Issuer::new();
        let server = MockServer::start_tls(scripts, issuer.server(super::names(HOST))).await;
        let address: SocketAddr = server.host().parse().unwrap();
        let names = Arc::new(Names::default());
        names.servers.lock().unwrap().insert(address);
        names.say(HOST, [vec![address]]);
        let mut downloads = issuer.http().downloads(options());
        downloads.played = Some(Arc::clone(&names));
        Self { downloads, names, server }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{HOST}{path}")
    }

    /// Requests that came so far.
    pub(crate) fn received(&self) -> usize {
        self.server.received().len()
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, DownloadFailure> {
        let mut download = self.downloads.open(url).await?;
        let mut body = Vec::new();
        while let Some(chunk) = download.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn options() -> DownloadOptions {
    DownloadOptions {
        connect: Duration::from_secs(2),
        idle: Duration::from_millis(400),
        total: Duration::from_secs(2),
    }
}

/// An address of each network that is not public, its first and its last.
const INSIDE: &[&str] = &[
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.0.0.53",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.0.23",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.255.255",
    "172.16.0.0",
    "172.17.0.1",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.2.0",
    "192.0.2.255",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.255",
    "224.0.0.0",
    "224.0.0.251",
    "233.252.0.1",
    "239.255.255.250",
    "240.0.0.0",
    "255.255.255.254",
    "255.255.255.255",
];

const INSIDE_V6: &[&str] = &[
    "::",
    "::1",
    "::2",
    "::ffff:0:0",
    "::ffff:0:127.0.0.1",
    "64:ff9b::",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "1fff:ffff::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:1::1",
    "2001:2::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2001:db8:ffff:ffff::1",
    "2002::1",
    "2620:4f:8000::1",
    "2408:4000::5efe:10.0.0.1",
    "2408:4000::200:5efe:a00:1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::1",
    "8000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "ffff::1",
];

const OUTSIDE: &[&str] = &[
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db9::1",
    "2003::1",
    "2408:4000::1",
    "2620:4f:8001::1",
    "3ffe:ffff::1",
    "3fff:1000::1",
];

fn addresses() -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = INSIDE.iter().chain(INSIDE_V6).map(|text| text.parse().unwrap()).collect();
    // Each IPv4 address inside every IPv6 address that carries one: mapped, compatible, translated, 6to4.
    for text in INSIDE {
        let ip: Ipv4Addr = text.parse().unwrap();
        let low = u128::from(u32::from(ip));
        let six_to_four = (0x2002_u128 << 112) | (low << 80);
        found.push(ip.to_ipv6_mapped().into());
        for bits in
            [low, (0x64_ff9b_u128 << 96) | low, six_to_four, (0x2001_0000_u128 << 96) | (low ^ 0xffff_ffff)]
        {
            found.push(Ipv6Addr::from_bits(bits).into());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Spellings of an address that some parser or other reads as it.
fn spellings(ip: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = ip.octets();
    let whole = u32::from(ip);
    let low = u32::from_be_bytes([0, b, c, d]);
    let wide = |text: String| {
        text.chars()
            .map(|letter| match letter {
                '0'..='9' => char::from_u32(letter as u32 + 0xfee0).unwrap(),
                '.' => '。',
                other => other,
            })
            .collect::<String>()
    };
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{whole}"),
        format!("{whole:#x}"),
        format!("0{whole:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:03}.{b:03}.{c:03}.{d:03}"),
        format!("{a}.{low}"),
        format!("{a}.{b}.{}", u32::from(c) * 256 + u32::from(d)),
        format!("{a:#x}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}."),
        format!("%{:02x}{}", b'0' + a % 10, "1"),
        wide(format!("{a}.{b}.{c}.{d}")),
        format!("[::ffff:{a}.{b}.{c}.{d}]"),
        format!("[::{a}.{b}.{c}.{d}]"),
        format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
        format!("[2002:{:x}:{:x}::1]", u32::from(a) * 256 + u32::from(b), u32::from(c) * 256 + u32::from(d)),
        format!("files.shop.cn@{a}.{b}.{c}.{d}"),
        format!("files.shop.cn:x@{a}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}#@files.shop.cn"),
        format!("{a}.{b}.{c}.{d}\\@files.shop.cn"),
        format!("files.shop.cn\\@{a}.{b}.{c}.{d}"),
        format!("{a}.{b}.{c}.{d}:443"),
        format!("{a}.{b}.{c}.{d}:6379"),
    ]
}

const ODD: &[&str] = &[
    "",
    "files.shop.cn",
    "//files.shop.cn/a",
    "http://files.shop.cn/a",
    "HTTP://files.shop.cn/a",
    "ftp://files.shop.cn/a",
    "file:///etc/passwd",
    "file://files.shop.cn/etc/passwd",
    "data:image/png;base64,iVBORw0KGgo=",
    "gopher://files.shop.cn:6379/_INFO",
    "dict://files.shop.cn:11211/stat",
    "ldap://files.shop.cn/",
    "jar:https://files.shop.cn/a!/b",
    "blob:https://files.shop.cn/1",
    "ws://files.shop.cn/",
    "wss://files.shop.cn/",
    "unix:/var/run/docker.sock",
    "javascript:alert(1)",
    "https:files.shop.cn/a",
    "https:/files.shop.cn/a",
    "https:///files.shop.cn/a",
    "https:\\\\files.shop.cn/a",
    "https://files.shop.cn:80/a",
    "https://files.shop.cn:22/a",
    "https://files.shop.cn:6379/a",
    "https://files.shop.cn:8443/a",
    "https://files.shop.cn:0/a",
    "https://files.shop.cn:65536/a",
    "https://files.shop.cn:/a",
    "https://user@files.shop.cn/a",
    "https://user:pw@files.shop.cn/a",
    "https://:@files.shop.cn/a",
    "https://@files.shop.cn/a",
    "https://files.shop.cn./a",
    "https://files.shop.cn../a",
    "https://.files.shop.cn/a",
    "https://files..shop.cn/a",
    "https://ｆｉｌｅｓ.shop.cn/a",
    "https://files。shop。cn/a",
    "https://files．shop．cn/a",
    "https://fi%6ces.shop.cn/a",
    "https://files.shop.cn%00.evil.cn/a",
    "https://files.shop.cn%2f@10.0.0.1/a",
    "https://fil\tes.shop.cn/a",
    "https://files.shop.cn\n/a",
    "https://files.shop.cn\r\nHost: x/a",
    " https://files.shop.cn/a",
    "https://files.shop.cn/a\u{0}",
    "https://files.shop.cn /a",
    "https://\u{200b}files.shop.cn/a",
    "https://files.shop.cn\u{ad}/a",
    "https://localhost/a",
    "https://LOCALHOST/a",
    "https://localhost./a",
    "https://localhost.localdomain/a",
    "https://a.localhost/a",
    "https://ip6-localhost/a",
    "https://metadata/a",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://metadata.internal/a",
    "https://instance-data/latest/meta-data",
    "https://instance-data.ec2.internal/latest/meta-data",
    "https://kubernetes.default.svc/api",
    "https://kubernetes.default.svc.cluster.local/api",
    "https://printer.local/a",
    "https://router.lan/a",
    "https://router.home.arpa/a",
    "https://db.corp/a",
    "https://db.intranet/a",
    "https://db.private/a",
    "https://wiki.home/a",
    "https://1.0.0.127.in-addr.arpa/a",
    "https://expyuzz4wqqyqhjn.onion/a",
    "https://shop.test/a",
    "https://shop.example/a",
    "https://shop.invalid/a",
    "https://host.docker.internal/a",
    "https://redis/a",
    "https://[::1%25eth0]/a",
    "https://[fe80::1%eth0]/a",
    "https://[::1]:443@files.shop.cn/a",
    "https://[v1.a]/a",
    "https://[0:0:0:0:0:0:0:1]/a",
    "https://[2001:4860:4860:0:0:0:0:8888]/a",
    "https://①②⑦.⓪.⓪.①/a",
    "https://127。0。0。1/a",
    "https://0/a",
    "https://0x/a",
    "https://1/a",
    "https://256.1.1.1/a",
    "https://1.1.1.1.1/a",
    "https://999999999999/a",
    "https://0x7f000001.0/a",
];

fn url_vectors() -> Vec<String> {
    let mut found: Vec<String> = ODD.iter().map(|url| (*url).to_owned()).collect();
    for text in INSIDE {
        let hosts = spellings(text.parse().unwrap());
        found.extend(hosts.into_iter().map(|host| format!("https://{host}/a.jpg")));
    }
    for text in INSIDE_V6 {
        found.push(format!("https://[{text}]/a.jpg"));
        found.push(format!("https://[{text}]:443/a.jpg"));
    }
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn no_url_leads_inside_however_it_is_written() {
    let site = Site::start([]).await;
    let vectors = url_vectors();
    for url in &vectors {
        let failure = site.downloads.open(url).await.err().unwrap_or_else(|| panic!("{url} was fetched"));
        assert_eq!(failure, DownloadFailure::Address, "{url}");
        assert!(!failure.into_error().to_string().contains("shop.cn"));
    }
    assert!(vectors.len() >= 300, "{}", vectors.len());
    assert_eq!(site.names.dialled(), []);
    assert_eq!(site.names.lookups.lock().unwrap().len(), 0);
    assert_eq!(site.server.connections(), 0);
    println!("{} URLs, no look-up, no connection", vectors.len());
}

#[tokio::test]
async fn no_name_leads_inside_alone_or_among_public_addresses() {
    let site = Site::start([]).await;
    let public: SocketAddr = "1.1.1.1:443".parse().unwrap();
    let inside = addresses();
    assert!(inside.len() >= 250, "{}", inside.len());
    for ip in &inside {
        let bad = SocketAddr::from((*ip, 443));
        for answer in [vec![bad], vec![public, bad], vec![bad, public], vec![public, public, bad]] {
            site.names.say("name.shop.cn", [answer]);
            let failure = site.fetch("https://name.shop.cn/a.jpg").await.unwrap_err();
            assert_eq!(failure, DownloadFailure::Inside, "{ip}");
        }
    }
    assert_eq!(site.names.dialled(), []);
    println!("{} addresses in four answers each, no connection", inside.len());
}

#[tokio::test]
async fn no_redirect_leads_inside() {
    let targets: Vec<String> = url_vectors().into_iter().filter(|url| url.starts_with("https://")).collect();
    let mut targets: Vec<_> = targets.into_iter().filter(|url| is_header(url)).collect();
    for inside in INSIDE {
        targets.extend(["//", "/\\", "\\\\", "/\t/"].map(|slashes| format!("{slashes}{inside}/a")));
        // Octal, and by that public, to one parser; private to another.
        targets.push(format!("/\\0{inside}/a"));
    }
    let scripts = targets.iter().map(|url| answer(302, &[("location", url.as_str())], ""));
    let site = Site::start(scripts).await;
    for target in &targets {
        let failure = site.fetch(&site.url("/a")).await.unwrap_err();
        assert_eq!(failure, DownloadFailure::Address, "{target}");
    }
    let ours: SocketAddr = site.server.host().parse().unwrap();
    assert!(targets.len() > 300);
    assert_eq!(site.names.dialled(), vec![ours; targets.len()]);
}

/// What a header can carry; and what a browser would read as an address of the same host is a redirect to it.
fn is_header(url: &str) -> bool {
    let spaces = url.chars().any(|letter| letter.is_control() || letter == ' ' || !letter.is_ascii());
    !spaces && Url::parse(url).is_ok_and(|url| url.host_str() != Some(HOST))
}

#[tokio::test]
async fn a_redirect_to_a_name_that_leads_inside_ends_there() {
    let hop = || answer(307, &[("location", "https://inner.shop.cn/x")], "");
    let site = Site::start((0..INSIDE.len()).map(|_| hop())).await;
    for text in INSIDE {
        site.names.say("inner.shop.cn", [vec![SocketAddr::new(text.parse().unwrap(), 443)]]);
        assert_eq!(site.fetch(&site.url("/a")).await.unwrap_err(), DownloadFailure::Inside, "{text}");
    }
    assert_eq!(site.names.dialled().len(), INSIDE.len());
}

#[tokio::test]
async fn an_answer_that_flips_changes_nothing() {
    let site = Site::start([answer(200, &[], "picture")]).await;
    let good: SocketAddr = site.server.host().parse().unwrap();
    let trap = MockServer::start([]).await;
    site.names.say(HOST, [vec![good], vec![trap.host().parse().unwrap()]]);
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap(), b"picture");
    assert_eq!(site.names.lookups.lock().unwrap().len(), 1);
    // The next download asks anew, and the name leads inside by then.
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap_err(), DownloadFailure::Inside);
    assert_eq!(trap.connections(), 0);
    assert_eq!(site.names.dialled(), [good]);
}

#[tokio::test]
async fn a_redirect_looks_its_name_up_again_and_believes_no_old_answer() {
    let site = Site::start([answer(302, &[("location", "/b")], "")]).await;
    let good: SocketAddr = site.server.host().parse().unwrap();
    site.names.say(HOST, [vec![good], vec!["127.0.0.1:443".parse().unwrap()]]);
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap_err(), DownloadFailure::Inside);
    assert_eq!(site.names.dialled(), [good]);
}

#[test]
fn what_is_public_is_told_from_what_is_not() {
    for ip in addresses() {
        assert!(!is_public(ip), "{ip}");
    }
    for text in OUTSIDE {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
    for url in [
        "https://files.shop.cn/a.jpg?x=1#y",
        "https://FILES.shop.cn/a",
        "https://files.shop.cn:443/a",
        "https://xn--fsqu00a.xn--0zwm56d/a",
        "https://1.1.1.1/a",
        "https://[2001:4860:4860::8888]/a",
        "https://files.shop.cn/图.jpg",
    ] {
        assert!(public_url(url).is_some(), "{url}");
    }
}

#[tokio::test]
async fn a_public_file_comes_whole_and_nothing_of_ours_goes_along() {
    let two = |to: &str| answer(301, &[("location", to), ("set-cookie", "a=b")], "moved");
    let scripts = [answer(200, &[], "one"), two("/b"), two("c?d=e"), answer(200, &[], "two")];
    let site = Site::start(scripts).await;
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap(), b"one");
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap(), b"two");
    let received = site.server.received();
    let paths: Vec<_> = received.iter().map(|request| request.head.lines().next().unwrap()).collect();
    assert_eq!(paths, ["GET /a HTTP/1.1", "GET /a HTTP/1.1", "GET /b HTTP/1.1", "GET /c?d=e HTTP/1.1"]);
    for request in received {
        for name in ["cookie", "authorization", "referer", "accept-encoding", "proxy-authorization"] {
            assert_eq!(request.header(name), None, "{name}");
        }
        assert_eq!(request.header("host"), Some(HOST));
    }
}

#[tokio::test]
async fn what_is_compressed_stays_so() {
    let bomb = super::gzip(&vec![0; 10 << 20]);
    let site = Site::start([answer(200, &[("content-encoding", "gzip")], &bomb)]).await;
    assert_eq!(site.fetch(&site.url("/a")).await.unwrap(), bomb);
}

#[tokio::test]
async fn refusals_cut_answers_and_silence_are_errors() {
    let again = || answer(302, &[("location", "/a")], "");
    let site = Site::start([
        answer(404, &[], ""),
        answer(503, &[], ""),
        answer(204, &[], ""),
        answer(206, &[], "part"),
        answer(302, &[], ""),
        again(),
        again(),
        again(),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
        vec![Step::Hold],
        vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()), Step::Hold],
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()),
            Step::Forever(b"1\r\nx\r\n".to_vec(), Duration::from_millis(50)),
        ],
    ])
    .await;
    let fetch = || async { site.fetch(&site.url("/a")).await.unwrap_err() };
    for status in [404, 503, 204, 206] {
        assert_eq!(fetch().await, DownloadFailure::Status(status));
    }
    assert_eq!([fetch().await, fetch().await], [DownloadFailure::Redirect; 2]);
    for kind in [
        HttpFailureKind::Broken,
        HttpFailureKind::Timeout,
        HttpFailureKind::Timeout,
        HttpFailureKind::Timeout,
    ] {
        let DownloadFailure::Transport(failure) = fetch().await else { panic!("{kind:?}") };
        assert_eq!(failure.kind, kind);
    }
    assert_eq!(DownloadFailure::Status(503).into_error().code(), "TRANSIENT");
    assert_eq!(DownloadFailure::Status(404).into_error().code(), "INVALID_REQUEST");
}
