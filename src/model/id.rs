//! Ids of our own rows. Integers in SQL, decimal strings in JS. Platform ids are plain text.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(
            /// The row's number.
            pub i64,
        );

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                digits.then(|| text.parse().ok()).flatten().map(Self).ok_or_else(|| {
                    Error::invalid(concat!(stringify!($name), " must be a decimal string as the API returned it"))
                })
            }
        }
    )+};
}

ids! {
    /// One registered application of ours on a platform.
    AppId,
    /// One authorised account of an app.
    ShopId,
    /// One execution of a sync.
    RunId,
    /// One product of a shop.
    ProductId,
    /// One SKU of a product.
    SkuId,
    /// One order of a shop.
    OrderId,
    /// One refund of a shop.
    RefundId,
    /// One change of a platform.
    ChangeId,
    /// One draft of a product that is published.
    ListingId,
    /// One job.
    JobId,
    /// One schedule.
    ScheduleId,
    /// One image or video.
    MediaId,
}
