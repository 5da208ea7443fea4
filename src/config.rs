//! What a hub is opened with.

use std::path::PathBuf;
use std::time::Duration;

use crate::auth::KeyRing;
use crate::clock::Clock;

/// Orders of a shop whose buyer data its platform opens in a day, unless the OA says otherwise. As much as Pinduoduo
/// lets software outside its cloud have, and more than looking at single orders needs.
const DECRYPTS_PER_DAY: u32 = 100;

/// What a hub is opened with. Start with [`HubConfig::new`].
#[derive(Clone, Debug)]
pub struct HubConfig {
    pub(crate) database: PathBuf,
    pub(crate) keys: KeyRing,
    pub(crate) allow_hosts: Vec<String>,
    pub(crate) force_network: bool,
    pub(crate) decrypts_per_day: u32,
    pub(crate) needs_approval: bool,
    pub(crate) media_dirs: Vec<PathBuf>,
    pub(crate) backups: Option<(PathBuf, u32)>,
    pub(crate) clock: Clock,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) total_timeout: Duration,
}

impl HubConfig {
    /// A hub on this database file, sealed with these keys. The file is made when there is none; its
    /// folder must exist.
    pub fn new(database: impl Into<PathBuf>, keys: KeyRing) -> Self {
        Self {
            database: database.into(),
            keys,
            allow_hosts: Vec::new(),
            force_network: false,
            decrypts_per_day: DECRYPTS_PER_DAY,
            needs_approval: true,
            media_dirs: Vec::new(),
            backups: None,
            clock: Clock::system(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
        }
    }

    /// Returns self with a further host (`host` or `host:port`) that apps may name as an endpoint. No
    /// role can add one at run time. Plain http is taken for loopback addresses only.
    #[must_use]
    pub fn with_allowed_host(mut self, host: impl Into<String>) -> Self {
        self.allow_hosts.push(host.into());
        self
    }

    /// Returns self with leave to use a network file system, where file locks cannot be relied on.
    #[must_use]
    pub fn with_network_file_system(mut self, force: bool) -> Self {
        self.force_network = force;
        self
    }

    /// Returns self with another daily budget: orders of each shop whose buyer data its platform may be asked to
    /// open (100). 0 opens nothing. All who open the file share what was used, and each has a budget of its own to
    /// hold it against.
    #[must_use]
    pub fn with_decrypts_per_day(mut self, orders: u32) -> Self {
        self.decrypts_per_day = orders;
        self
    }

    /// Returns self publishing promotions with or without approval (with): without, what is submitted is on its way.
    #[must_use]
    pub fn with_approval(mut self, needed: bool) -> Self {
        self.needs_approval = needed;
        self
    }

    /// Returns self with a further directory that images and videos may be taken from, with all below it. Without one,
    /// they come as bytes or from public addresses only: who may add media could else read every file that this
    /// process can.
    #[must_use]
    pub fn with_media_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.media_dirs.push(dir.into());
        self
    }

    /// Returns self with a directory, which must exist, for the backups that the schedule `database.backup` makes, and
    /// how many of the newest stay there. Only files of the schedule's own names are ever removed. Without one the
    /// schedule cannot be switched on.
    #[must_use]
    pub fn with_backups(mut self, dir: impl Into<PathBuf>, keep: u32) -> Self {
        self.backups = Some((dir.into(), keep));
        self
    }

    /// Returns self with another clock, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Returns self with other time limits for calls to platforms: to connect (5 s), without a byte
    /// (10 s), in all (30 s).
    #[must_use]
    pub fn with_timeouts(mut self, connect: Duration, idle: Duration, total: Duration) -> Self {
        (self.connect_timeout, self.idle_timeout, self.total_timeout) = (connect, idle, total);
        self
    }
}
