//! Downloads: nothing leads inside, and what is public comes whole or not at all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Mutex;

/// Names that are played, and servers of the test that count as public.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, VecDeque<Vec<SocketAddr>>>>,
    servers: Mutex<HashSet<SocketAddr>>,
    lookups: Mutex<Vec<String>>,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Names {
    /// The next answer for a name; the last one goes on.
    pub(crate) fn look_up(&self, name: &str) -> Vec<SocketAddr> {
        self.lookups.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(queue) = answers.get_mut(name) else { return Vec::new() };
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue.front().cloned().unwrap_or_default() }
    }

    pub(crate) fn is_server(&self, address: &SocketAddr) -> bool {
        self.servers.lock().unwrap().contains(address)
    }

    pub(crate) fn note_dial(&self, addresses: &[SocketAddr]) {
        self.dialled.lock().unwrap().extend(addresses);
    }
}
