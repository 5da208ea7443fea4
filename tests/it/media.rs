//! Images and videos through the public face.

use std::path::Path;

use dianqiao::model::{MediaFilter, MediaSlot, PlatformId};
use dianqiao::{AddMedia, ErrorKind, Hub, HubConfig, KeyRing, MasterKey, MediaSource};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use tempfile::TempDir;

use crate::support::KEY;

struct Desk {
    dir: TempDir,
    hub: Hub,
}

impl Desk {
    async fn open() -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("in")).unwrap();
        let hub = open(dir.path()).await;
        Self { dir, hub }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("in").join(name)
    }

    async fn add(&self, source: MediaSource) -> Result<dianqiao::model::Media, dianqiao::Error> {
        self.hub.media().add(AddMedia::new(source)).await
    }

    fn contents(&self) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.dir.path().join("test.db-media")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

async fn open(dir: &Path) -> Hub {
    let key = KeyRing::new(MasterKey::from_bytes(&KEY).unwrap());
    let config = HubConfig::new(dir.join("test.db"), key).with_media_dir(dir.join("in"));
    Hub::open(config).await.unwrap()
}

/// A picture that no two seeds share and that does not compress to nothing.
fn picture(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let n = (x * 31 + y * 17 + seed * 101).wrapping_mul(2_654_435_761);
        image::Rgb([(n >> 24) as u8, (n >> 16) as u8, seed as u8])
    })
}

pub(crate) fn png(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(&picture(width, height, seed), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_one_file_from_wherever_it_comes() {
    let desk = Desk::open().await;
    let content = png(500, 400, 1);
    std::fs::write(desk.path("图.png"), &content).unwrap();
    let one = desk.add(MediaSource::Bytes(content.clone())).await.unwrap();
    let other = desk.add(MediaSource::Path(desk.path("图.png"))).await.unwrap();
    assert_eq!(one, other);
    assert_eq!((one.facts.width, one.facts.height), (Some(500), Some(400)));
    assert_eq!((one.facts.content_type.as_str(), one.facts.bytes), ("image/png", content.len() as u64));
    let files = desk.contents();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].ends_with(Path::new(&one.sha256[..2]).join(&one.sha256)));
    assert_eq!(std::fs::read(&files[0]).unwrap(), content);
    desk.hub.media().remove(one.id).await.unwrap();
    assert_eq!(desk.contents(), Vec::<std::path::PathBuf>::new());
    assert_eq!(desk.hub.media().get(one.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_add_and_remove_the_same_content_leave_it_whole_or_gone() {
    let desk = Desk::open().await;
    for round in 0..20 {
        let content = png(40, 40, round);
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let (hub, content) = (desk.hub.clone(), content.clone());
                tokio::spawn(async move {
                    let media = hub.media().add(AddMedia::new(MediaSource::Bytes(content))).await.unwrap();
                    if n % 2 == 0 {
                        let _ = hub.media().remove(media.id).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let rows = desk.hub.media().list(MediaFilter::default()).await.unwrap().items;
        assert_eq!(desk.contents().len(), rows.len(), "round {round}");
        for media in rows {
            desk.hub.media().remove(media.id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_is_missing_is_said_and_put_back_by_adding_it_again() {
    let desk = Desk::open().await;
    let content = png(900, 700, 2);
    let media = desk.add(MediaSource::Bytes(content.clone())).await.unwrap();
    std::fs::remove_file(&desk.contents()[0]).unwrap();
    let fit = || desk.hub.media();
    let error = fit().fit(media.id, PlatformId::Fake, MediaSlot::Cover).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(desk.add(MediaSource::Bytes(content)).await.unwrap(), media);
    assert!(fit().fit(media.id, PlatformId::Fake, MediaSlot::Cover).await.is_ok());
}
