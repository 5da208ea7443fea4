//! Taobao and Tmall, end to end against the sandbox's own reading of their protocol.

mod desk;
mod foul;
mod grants;
mod reading;
mod writing;
