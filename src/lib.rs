//! dianqiao (店桥): shops on Douyin/抖店, Taobao/Tmall, JD and Pinduoduo as one safe, fast API, in the
//! caller's own process, on one SQLite file.

pub mod clock;
pub mod error;
pub(crate) mod http;
pub(crate) mod limit;
pub mod model;
pub(crate) mod pipeline;
pub mod platform;
pub mod secret;

pub use error::{Error, ErrorKind, Result, Retry};
