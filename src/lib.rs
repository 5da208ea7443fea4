//! dianqiao (店桥): shops on Douyin/抖店, Taobao/Tmall, JD and Pinduoduo as one safe, fast API, in the
//! caller's own process, on one SQLite file.

pub mod clock;
pub mod config;
pub mod error;
pub mod hub;
pub mod model;
#[cfg(feature = "node")]
mod node;
pub mod platform;
pub mod secret;

pub use error::{Error, ErrorKind, Result, Retry};
