//! PULL: reads what changed on a platform into our tables.
//!
//! A run drains windows; a window is walked page by page; each page's rows, the place in the window
//! and the run's numbers are committed together, so a kill at any moment costs at most one page.

mod complete;
mod context;
mod detail;
mod drive;
mod hash;
mod list;
mod plan;
mod refresh;
mod seal;
#[cfg(test)]
mod tests;
mod walk;

pub use context::ProgressFn;

pub(crate) use drive::{StartSync, Syncer};
pub(crate) use refresh::Refresher;
