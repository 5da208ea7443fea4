//! The Node face: converts arguments, calls [`crate::hub`], wraps results. No rule of the business is
//! decided here. Its TypeScript is `index.d.ts`, generated from this folder and `header.d.ts`.
//!
//! No function is `#[napi] async`: promises are made in [`runtime`], which works on a runtime of our own
//! that outlives any worker thread of Node. Without napi's `tokio_rt` feature there is no other way.
#![expect(unreachable_pub, reason = "napi exports only what is `pub`, and this module is private to Rust")]

mod apps;
mod audit;
mod backup;
mod callback;
mod campaign;
mod changes;
mod checked;
mod decrypt;
mod draft;
mod events;
mod explain;
mod fields;
mod figures;
mod hub;
mod jobs;
mod listings;
mod marketing;
mod media;
mod notices;
mod oauth;
mod orders;
mod outcome;
mod page;
mod params;
mod platforms;
mod products;
mod progress;
mod promotions;
mod query;
mod refunds;
mod restore;
mod rights;
mod rotate;
mod runs;
mod runtime;
mod shops;
mod signal;
mod syncing;
#[cfg(test)]
mod tests;
