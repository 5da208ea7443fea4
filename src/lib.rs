//! dianqiao (店桥): shops on Douyin/抖店, Taobao/Tmall, JD and Pinduoduo as one safe, fast API, in the
//! caller's own process, on one SQLite file.

pub mod clock;
pub mod error;
pub mod model;
pub mod platform;
pub mod secret;
pub(crate) mod store;

pub use error::{Error, ErrorKind, Result, Retry};
