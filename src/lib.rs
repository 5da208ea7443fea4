//! dianqiao (店桥): shops on Douyin/抖店, Taobao/Tmall, JD and Pinduoduo as one safe, fast API, in the
//! caller's own process, on one SQLite file.

mod access;
mod auth;
mod config;
mod event;
mod failpoint;
mod http;
mod hub;
mod limit;
mod media;
#[cfg(feature = "node")]
mod node;
mod pipeline;
mod publish;
mod queue;
mod store;
mod supervisor;
mod sync;
#[cfg(test)]
mod tests;

pub mod clock;
pub mod error;
pub mod model;
pub mod platform;
pub mod secret;

pub use auth::{
    BeginRequest, Begun, Callback, Completed, KeyRing, MASTER_KEY_BYTES, MasterKey, RotationProgress,
    RotationProgressFn, RotationReport,
};
pub use config::HubConfig;
pub use error::{Error, ErrorKind, Result, Retry};
pub use hub::{
    AddMedia, Apps, Audit, BackupRequest, CampaignFilter, Changes, DecryptRequest, EventStream,
    FetchedProduct, Health, Hub, Jobs, LinkOrderFilter, LinkRequest, LinkSearch, Listings, Marketing,
    MediaLibrary, MediaSource, NoticeReply, NoticeRequest, Notices, OAuth, Orders, Platforms, Products,
    ProgressFn, Promotions, QueryOptions, RawAppRequest, RawRequest, Refunds, RestoreRequest, Rights,
    RotateKeyRequest, Runs, Schedules, ShipRequest, Shops, SkuTarget, StockWish, SyncRequest,
};
pub use store::{BackupReport, RestoreReport};
