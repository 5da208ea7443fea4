//! Which addresses of the internet a download may go to. Pure: decided on the text of the URL, and on each address that
//! its name leads to, before anything is connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::host::is_plain;

/// Networks of IPv4 that are not the public internet: IANA's registry of special purposes, multicast and what is
/// reserved; and one address in a public network that is a cloud's own on every machine in it.
const NOT_PUBLIC_V4: [([u8; 4], u8); 19] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Shared by carriers; 100.100.100.200 in it is the metadata of Alibaba Cloud.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Of IPv6 only 2000::/3 is given out, so nothing else is public. Within it: protocols' own and Teredo, documentation,
/// 6to4, AS112.
const PUBLIC_V6: (u128, u8) = (0x2000 << 112, 3);
const NOT_PUBLIC_V6: [(u128, u8); 5] = [
    (0x2001_0000 << 96, 23),
    (0x2001_0db8 << 96, 32),
    (0x2002 << 112, 16),
    (0x2620_004f_8000 << 80, 48),
    (0x3fff << 112, 20),
];

/// Names that no public server has, or that machines answer themselves (RFC 6761, 6762, 8375, 9476 and habits).
const NOT_PUBLIC_NAMES: [&str; 18] = [
    "alt",
    "arpa",
    "corp",
    "domain",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "svc",
    "test",
];

/// The URL, if it is an https address of a public host on port 443, written plainly.
pub(super) fn public_url(text: &str) -> Option<Url> {
    if text.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if url.scheme() != "https" || url.port().is_some() || has_user(&url) {
        return None;
    }
    // Every other spelling of the host (0x7f.1, full-width digits, a name in Chinese) is refused rather than read.
    let spelled = text.get("https://".len()..)?.split(['/', '?', '#']).next()?;
    if !is_plain(&url, &spelled.to_ascii_lowercase()) {
        return None;
    }
    let is_public = match url.host()? {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(ip) => is_public(ip.into()),
        Host::Ipv6(ip) => is_public(ip.into()),
    };
    is_public.then_some(url)
}

/// Whether an address is on the public internet.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let inside = |net: [u8; 4], bits: u8| {
        let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        (u32::from(ip) ^ u32::from_be_bytes(net)) & mask == 0
    };
    !NOT_PUBLIC_V4.iter().any(|(net, bits)| inside(*net, *bits))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let inside = |(net, bits): (u128, u8)| {
        let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
        (u128::from(ip) ^ net) & mask == 0
    };
    // ISATAP puts an IPv4 address below a public network.
    let is_isatap = matches!(ip.segments(), [_, _, _, _, 0 | 0x0200, 0x5efe, _, _]);
    inside(PUBLIC_V6) && !NOT_PUBLIC_V6.iter().any(|net| inside(*net)) && !is_isatap
}

fn is_public_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let top = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && name.split('.').all(is_label) && !NOT_PUBLIC_NAMES.contains(&top)
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
