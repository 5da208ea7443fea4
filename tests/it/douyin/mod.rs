//! 抖音, accounts that post content: authorised, renewed and called by hand through the hub; files, posts, figures and
//! share links by the adapter's own calls, sent to the sandbox as the pipeline sends them.

mod accounts;
mod desk;
mod odd;
mod posting;
mod share;

pub(crate) use desk::connect;
