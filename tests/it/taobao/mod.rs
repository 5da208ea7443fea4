//! Taobao and Tmall, end to end against the sandbox's own reading of their protocol.

mod desk;
mod foul;
mod grants;
mod publishing;
mod reading;
mod writing;
