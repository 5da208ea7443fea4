use std::path::PathBuf;
use std::sync::Arc;

use image::ImageFormat;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::super::{Addition, Library, LibraryParts, MediaSource};
use super::{FILM, encoded, mp4, picture};
use crate::clock::Clock;
use crate::error::{ErrorKind, Result};
use crate::http::mock::{Script, Step, answer};
use crate::http::tests::download::Site;
use crate::model::{Media, MediaKind, MediaSlot, ShopId, UtcMillis};
use crate::store::{Blobs, MediaUpload, Store, StoreOptions, UploadKey};

struct Desk {
    dir: TempDir,
    library: Library,
    store: Store,
    closing: CancellationToken,
    site: Site,
}

impl Desk {
    async fn open(scripts: impl IntoIterator<Item = Script>) -> Self {
        let dir = TempDir::new().unwrap();
        let (path, inside) = (dir.path().join("test.db"), dir.path().join("in"));
        std::fs::create_dir(&inside).unwrap();
        let options = StoreOptions { path: path.clone(), force_network: false, clock: Clock::system() };
        let store = Store::open(options, |_| Ok(Vec::new())).await.unwrap();
        let (site, closing) = (Site::start(scripts).await, CancellationToken::new());
        let library = Library::new(LibraryParts {
            store: store.clone(),
            blobs: Blobs::beside(&path).unwrap(),
            downloads: site.downloads.clone(),
            dirs: vec![inside.canonicalize().unwrap()],
            clock: Clock::system(),
            closing: closing.clone(),
        });
        Self { dir, library, store, closing, site }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn add(&self, source: MediaSource) -> Result<Media> {
        self.library.add(Addition { source, file_name: None, kind: None, actor: "u".into() }).await
    }

    async fn add_url(&self, path: &str) -> Result<Media> {
        self.add(MediaSource::Url(self.site.url(path))).await
    }

    /// Files in the library's directory, contents and others.
    fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.path("test.db-media")]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

#[tokio::test]
async fn a_public_address_is_fetched_and_told_by_its_content_whatever_the_server_says() {
    let image = encoded(&picture(50, 40), ImageFormat::Jpeg);
    let film = mp4(&crate::media::tests::Film { bytes: 3 << 20, ..FILM });
    let desk = Desk::open([
        answer(200, &[("content-type", "text/html")], &image),
        answer(200, &[("content-type", "image/png")], &film),
        answer(200, &[("content-type", "image/jpeg")], "<html>login</html>"),
        answer(200, &[("content-type", "image/png")], ""),
    ])
    .await;
    let first = desk.add_url("/a.svg?token=x").await.unwrap();
    assert_eq!((first.facts.content_type.as_str(), first.file_name), ("image/jpeg", None));
    let second = desk.add_url("/b").await.unwrap();
    assert_eq!((second.facts.kind, second.facts.bytes), (MediaKind::Video, film.len() as u64));
    assert!(desk.add_url("/c").await.unwrap_err().message().contains("text"));
    assert!(desk.add_url("/d").await.unwrap_err().message().contains("empty"));
    assert_eq!(desk.files().len(), 2);
    let mut open = desk.library.open(&second).await.unwrap();
    let mut read = Vec::new();
    while (read.len() as u64) < film.len() as u64 {
        read.extend(open.part(read.len() as u64, 1 << 20).await.unwrap());
    }
    assert!(read == film && open.part(film.len() as u64, 10).await.unwrap().is_empty());
    open.verify().await.unwrap();
}

#[tokio::test]
async fn a_download_that_is_too_large_or_breaks_off_leaves_nothing() {
    let head = |length: u64| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    let png = encoded(&picture(50, 40), ImageFormat::Png);
    let cut = || vec![Step::Send([head(png.len() as u64), png[..300].to_vec()].concat())];
    let large = vec![Step::Send([head(65 << 20), png.clone(), vec![0; 1000]].concat()), Step::Hold];
    let desk = Desk::open([cut(), large, answer(503, &[], "")]).await;
    assert_eq!(desk.add_url("/a").await.unwrap_err().kind(), ErrorKind::Transient);
    assert!(desk.add_url("/b").await.unwrap_err().message().contains("64 MiB"));
    assert_eq!(desk.add_url("/c").await.unwrap_err().kind(), ErrorKind::Transient);
    assert_eq!(desk.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn closing_ends_what_is_on_its_way() {
    let desk = Arc::new(Desk::open([vec![Step::Hold]]).await);
    let adding = Arc::clone(&desk);
    let task = tokio::spawn(async move { adding.add_url("/a").await });
    while desk.site.received() == 0 {
        tokio::task::yield_now().await;
    }
    desk.closing.cancel();
    assert_eq!(task.await.unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    std::fs::write(desk.path("in/a.png"), encoded(&picture(9, 9), ImageFormat::Png)).unwrap();
    let error = desk.add(MediaSource::Path(desk.path("in/a.png"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_leads_to_a_plain_file_below_the_directories_or_nowhere() {
    use std::os::unix::fs::symlink;
    let desk = Desk::open([]).await;
    let image = encoded(&picture(50, 40), ImageFormat::Png);
    std::fs::create_dir(desk.path("in/deep")).unwrap();
    std::fs::create_dir(desk.path("in-not")).unwrap();
    for name in ["in/deep/good.png", "secret.png", "in-not/a.png"] {
        std::fs::write(desk.path(name), &image).unwrap();
    }
    symlink(desk.path("secret.png"), desk.path("in/link.png")).unwrap();
    symlink(desk.path("in/deep/good.png"), desk.path("in/inner.png")).unwrap();
    symlink(desk.path("in-not"), desk.path("in/door")).unwrap();
    symlink("/dev/zero", desk.path("in/zero")).unwrap();
    std::fs::hard_link(desk.path("test.db"), desk.path("in/hard.png")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(desk.path("in/pipe")).status().unwrap();
    assert!(fifo.success());
    for good in ["in/deep/good.png", "in/inner.png", "in/deep/../deep/good.png"] {
        assert!(desk.add(MediaSource::Path(desk.path(good))).await.is_ok(), "{good}");
    }
    for (bad, word) in [
        ("secret.png", "mediaDirs"),
        ("in-not/a.png", "mediaDirs"),
        ("in/../secret.png", "mediaDirs"),
        ("in/link.png", "mediaDirs"),
        ("in/door/a.png", "mediaDirs"),
        ("in/zero", "mediaDirs"),
        ("in/deep", "regular"),
        ("in/pipe", "regular"),
        ("in/hard.png", "belongs to the database"),
    ] {
        let error = desk.add(MediaSource::Path(desk.path(bad))).await.unwrap_err();
        assert_eq!(error.code(), "INVALID_REQUEST", "{bad}");
        assert!(error.message().contains(word), "{bad}: {}", error.message());
    }
    let nowhere = desk.add(MediaSource::Path(desk.path("in/none.png"))).await.unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_was_changed_on_the_disk_is_not_uploaded() {
    let desk = Desk::open([]).await;
    let media = desk.add(MediaSource::Bytes(encoded(&picture(90, 90), ImageFormat::Png))).await.unwrap();
    let file = desk.files().remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let mut open = desk.library.open(&media).await.unwrap();
    assert_eq!(open.verify().await.unwrap_err().kind(), ErrorKind::Storage);
    std::fs::write(&file, &bytes[1..]).unwrap();
    assert_eq!(desk.library.open(&media).await.err().unwrap().kind(), ErrorKind::Storage);
}

#[tokio::test]
async fn what_a_crash_left_is_swept_and_what_is_known_stays() {
    let desk = Desk::open([]).await;
    let media = desk.add(MediaSource::Bytes(encoded(&picture(90, 90), ImageFormat::Png))).await.unwrap();
    let folder = desk.path("test.db-media");
    let lost = "ab".repeat(32);
    std::fs::create_dir_all(folder.join("ab")).unwrap();
    std::fs::write(folder.join("ab").join(&lost), b"x").unwrap();
    // Of somebody who has just begun, and of somebody who died days ago.
    for (name, days) in [("now", 0), ("then", 2)] {
        let file = std::fs::File::create(folder.join("incoming").join(name)).unwrap();
        let touched =
            file.metadata().unwrap().modified().unwrap() - std::time::Duration::from_secs(days * 86_400);
        file.set_modified(touched).unwrap();
    }
    assert_eq!(desk.library.sweep().await.unwrap(), 1);
    let mut left: Vec<_> = desk.files().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    left.sort();
    let mut expected = vec![std::ffi::OsString::from("now"), media.sha256.clone().into()];
    expected.sort();
    assert_eq!(left, expected);
    assert_eq!(desk.store.get_media(media.id).await.unwrap(), media);
}

#[cfg(unix)]
#[tokio::test]
async fn contents_are_private_to_this_user() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::open([]).await;
    desk.add(MediaSource::Bytes(encoded(&picture(90, 90), ImageFormat::Png))).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = desk.files().remove(0);
    let folder = file.parent().unwrap();
    assert_eq!([mode(&file), mode(folder), mode(folder.parent().unwrap())], [0o600, 0o700, 0o700]);
}

#[tokio::test]
async fn a_name_is_one_that_can_travel_and_a_kind_is_held_to() {
    let desk = Desk::open([]).await;
    let image = encoded(&picture(90, 90), ImageFormat::Png);
    let add = |file_name: Option<&str>, kind| {
        desk.library.add(Addition {
            source: MediaSource::Bytes(image.clone()),
            file_name: file_name.map(str::to_owned),
            kind,
            actor: "u".into(),
        })
    };
    let long = "长".repeat(201);
    for name in ["", " ", ".", "..", "a/b", "a\\b", "a\"b", "a\r\nb", &long] {
        assert_eq!(add(Some(name), None).await.unwrap_err().code(), "INVALID_REQUEST", "{name:?}");
    }
    assert!(add(None, Some(MediaKind::Video)).await.unwrap_err().message().contains("no video"));
    assert_eq!(desk.files(), Vec::<PathBuf>::new());
    let media = add(Some("主图 1.png"), Some(MediaKind::Image)).await.unwrap();
    assert_eq!((media.file_name.as_deref(), media.actor.as_str()), (Some("主图 1.png"), "u"));
}

#[tokio::test]
async fn an_upload_of_a_shop_that_is_not_there_is_refused_and_none_is_known() {
    let desk = Desk::open([]).await;
    let media = desk.add(MediaSource::Bytes(encoded(&picture(90, 90), ImageFormat::Png))).await.unwrap();
    let key = UploadKey { media: media.id, shop: ShopId(1), slot: MediaSlot::Image, purpose: String::new() };
    let (store, now) = (&desk.store, UtcMillis(5));
    assert!(store.begin_upload(key.clone(), "u".into(), 1, None, now).await.is_err());
    assert!(store.keep_upload(key.clone(), "v".into(), None, now).await.is_err());
    assert!(!store.keep_part(key.clone(), "u".into(), 1, now).await.unwrap());
    store.forget_upload(key.clone()).await.unwrap();
    let known: Option<MediaUpload> = store.upload_of(key, now).await.unwrap();
    assert_eq!(known, None);
}
