//! The hub: everything wired together, and the typed entry points, one file per group.

mod apps;
mod audit;
mod backup;
mod call;
mod changes;
mod decrypt;
mod engine;
mod events;
mod explain;
mod guard;
mod health;
mod jobs;
mod kept;
mod listings;
mod marketing;
mod media;
mod notices;
mod oauth;
mod orders;
mod platforms;
mod products;
mod promotions;
mod query;
mod refunds;
mod registry;
mod restore;
mod rights;
mod rotate;
mod runs;
mod schedules;
mod shops;
mod sync;
mod wishes;
mod work;

use std::fmt;
use std::sync::Arc;

use crate::auth::MASTER_KEY_BYTES;
use crate::config::HubConfig;
use crate::error::{Error, Result};
use crate::model::Actor;

pub use crate::media::MediaSource;
pub use apps::Apps;
pub use audit::Audit;
pub use backup::BackupRequest;
pub use call::{RawAppRequest, RawRequest};
pub use changes::Changes;
pub use decrypt::DecryptRequest;
pub use events::EventStream;
pub use health::Health;
pub use jobs::Jobs;
pub use listings::Listings;
pub use marketing::{CampaignFilter, LinkOrderFilter, LinkRequest, LinkSearch, Marketing};
pub use media::{AddMedia, MediaLibrary};
pub use notices::{NoticeReply, NoticeRequest, Notices};
pub use oauth::OAuth;
pub use orders::Orders;
pub use platforms::Platforms;
pub use products::{FetchedProduct, Products};
pub use promotions::Promotions;
pub use query::QueryOptions;
pub use refunds::Refunds;
pub use restore::RestoreRequest;
pub use rights::Rights;
pub use rotate::RotateKeyRequest;
pub use runs::Runs;
pub use schedules::Schedules;
pub use shops::Shops;
pub use sync::{ProgressFn, SyncRequest};
pub use wishes::{ShipRequest, SkuTarget, StockWish};

use engine::Engine;
use registry::Session;

/// Roles that one actor may have.
const MOST_ROLES: usize = 100;
/// Longest id of an actor, and of a role, that is taken.
const LONGEST_NAME: usize = 200;

/// Shops of all platforms behind one door, in the name of one actor. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    session: Arc<Session>,
    actor: Arc<Actor>,
}

impl Hub {
    /// Opens the database and everything on it, as the actor `system`. Opening the same file again in
    /// this process gives the same engine.
    ///
    /// # Errors
    /// `DATABASE_IN_USE` when another copy of this library in the process holds the file, `KEY_WRONG`
    /// before anything was written when the key does not fit, `CONFIG_INVALID` for a file of a newer
    /// version or on a network file system, `STORAGE` for a damaged file.
    pub async fn open(config: HubConfig) -> Result<Self> {
        let session = registry::open(config).await.map_err(|error| error.with_operation("hub.open"))?;
        Ok(Self { session: Arc::new(session), actor: Arc::new(Actor::System) })
    }

    /// A new master key: 32 random bytes.
    ///
    /// # Errors
    /// `INTERNAL` when the operating system gives no random bytes.
    pub fn generate_key() -> Result<[u8; MASTER_KEY_BYTES]> {
        let mut key = [0; MASTER_KEY_BYTES];
        getrandom::fill(&mut key)
            .map_err(|_| Error::internal("the operating system gave no random bytes"))?;
        Ok(key)
    }

    /// The same hub in the name of an actor: every group then asks for that actor's rights.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for an empty or overlong id or role, and for the id `system`.
    pub fn acting(&self, actor: Actor) -> Result<Self> {
        if let Actor::User { id, roles } = &actor {
            let is_sane = |name: &String| !name.is_empty() && name.len() <= LONGEST_NAME;
            if !is_sane(id) || !roles.iter().all(is_sane) || roles.len() > MOST_ROLES || id == "system" {
                return Err(Error::invalid(format!(
                    "an actor needs an id other than `system` and at most {MOST_ROLES} roles, each of 1 to \
                     {LONGEST_NAME} bytes"
                )));
            }
        }
        Ok(Self { session: Arc::clone(&self.session), actor: Arc::new(actor) })
    }

    /// The platforms this version speaks.
    pub fn platforms(&self) -> Platforms {
        Platforms(self.clone())
    }

    /// Our registrations on the platforms.
    pub fn apps(&self) -> Apps {
        Apps(self.clone())
    }

    /// Authorising shops.
    pub fn oauth(&self) -> OAuth {
        OAuth(self.clone())
    }

    /// The shops.
    pub fn shops(&self) -> Shops {
        Shops(self.clone())
    }

    /// Their products.
    pub fn products(&self) -> Products {
        Products(self.clone())
    }

    /// What was published, and how its review goes on.
    pub fn listings(&self) -> Listings {
        Listings(self.clone())
    }

    /// Content that is published, from the draft to what it did.
    pub fn promotions(&self) -> Promotions {
        Promotions(self.clone())
    }

    /// What platforms push to the OA.
    pub fn notices(&self) -> Notices {
        Notices(self.clone())
    }

    /// Their refunds.
    pub fn refunds(&self) -> Refunds {
        Refunds(self.clone())
    }

    /// Their orders.
    pub fn orders(&self) -> Orders {
        Orders(self.clone())
    }

    /// Their promotions and coupons, and links that earn a commission.
    pub fn marketing(&self) -> Marketing {
        Marketing(self.clone())
    }

    /// Images and videos.
    pub fn media(&self) -> MediaLibrary {
        MediaLibrary(self.clone())
    }

    /// Writes to the platforms, and how they go on.
    pub fn changes(&self) -> Changes {
        Changes(self.clone())
    }

    /// Work in the background.
    pub fn jobs(&self) -> Jobs {
        Jobs(self.clone())
    }

    /// What is queued by the clock.
    pub fn schedules(&self) -> Schedules {
        Schedules(self.clone())
    }

    /// Executions of syncs.
    pub fn runs(&self) -> Runs {
        Runs(self.clone())
    }

    /// Who may do what.
    pub fn rights(&self) -> Rights {
        Rights(self.clone())
    }

    /// What was done, by whom.
    pub fn audit(&self) -> Audit {
        Audit(self.clone())
    }

    /// Closes this hub and all that were made of it. The last one on a file stops its runs, waits for
    /// token refreshes and closes the database. Calling it again does nothing.
    ///
    /// # Errors
    /// `STORAGE` when the last commit failed.
    pub async fn close(&self) -> Result<()> {
        self.session.close().await.map_err(|error| error.with_operation("hub.close"))
    }

    /// Refreshes under way.
    #[cfg(test)]
    pub(crate) fn flights(&self) -> Result<usize> {
        Ok(self.engine()?.grants.flights())
    }

    /// What stores single records.
    #[cfg(test)]
    pub(crate) fn refresher(&self) -> Result<crate::sync::Refresher> {
        let engine = self.engine()?;
        Ok(crate::sync::Refresher {
            store: engine.store.clone(),
            cipher: engine.cipher.clone(),
            clock: engine.clock.clone(),
        })
    }

    /// What the leader does by itself every half minute, at once: looks for authorisations that end soon.
    ///
    /// # Errors
    /// `STORAGE`, `CLOSED`.
    #[cfg(any(test, feature = "test-util"))]
    pub async fn look_for_ends(&self) -> Result<()> {
        self.engine()?.expiry.warn().await
    }

    fn engine(&self) -> Result<&Engine> {
        self.session.engine()
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hub(as {})", self.actor.id())
    }
}
