//! Before anything happens: does the actor have the right? After: a line in the audit.

use super::Hub;
use super::engine::Engine;
use crate::access;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Actor, Right, ShopId};
use crate::store::NewAudit;

/// What the audit keeps of a target: enough to know what was meant, too little to fill it.
const LONGEST_TARGET: usize = 200;

/// Something that changes things, or shows what not everybody may see.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) right: Right,
    pub(super) shop: Option<ShopId>,
    /// What it is about: ids or a method's name; never a secret or buyer data.
    pub(super) target: Option<String>,
}

impl Action {
    pub(super) fn new(name: &'static str, right: Right) -> Self {
        Self { name, right, shop: None, target: None }
    }

    pub(super) fn on_shop(mut self, shop: ShopId) -> Self {
        self.shop = Some(shop);
        self
    }

    pub(super) fn about(mut self, target: impl ToString) -> Self {
        self.target = Some(target.to_string().chars().take(LONGEST_TARGET).collect());
        self
    }

    /// About many, which were counted and checked: the audit keeps all of them.
    pub(super) fn listing(mut self, target: String) -> Self {
        self.target = Some(target);
        self
    }
}

impl Hub {
    /// Whether the actor has a right, in general or for a shop.
    pub(super) async fn has(&self, right: Right, shop: Option<ShopId>) -> Result<bool> {
        if access::has_by_role(&self.actor, right) {
            return Ok(true);
        }
        self.engine()?.store.granted(access::subjects(&self.actor), right, shop).await
    }

    /// The engine, for an actor who may read.
    pub(super) async fn read(
        &self,
        name: &'static str,
        right: Right,
        shop: Option<ShopId>,
    ) -> Result<&Engine> {
        let engine = self.engine()?;
        if self.has(right, shop).await? {
            return Ok(engine);
        }
        Err(self.forbidden(name, right, shop))
    }

    /// Does something in the actor's name: refused without the right, and in the audit either way.
    pub(super) async fn act<T, F>(&self, action: Action, work: impl FnOnce() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let engine = self.engine()?;
        if !self.has(action.right, action.shop).await? {
            let error = self.forbidden(action.name, action.right, action.shop);
            self.note(engine, action.name, action.shop, action.target, "refused".into()).await?;
            return Err(error);
        }
        let result = work().await;
        let outcome = result.as_ref().map_or_else(|error| error.code().to_owned(), |_| "ok".into());
        let name = action.name;
        let noted = self.note(engine, name, action.shop, action.target, outcome).await;
        let value = result.map_err(|error| error.with_operation(name))?;
        // What was done stays done: a closed hub or a full disk must not turn it into an error.
        if let Err(error) = noted {
            tracing::error!(action = name, code = error.code(), "done, but not written to the audit");
        }
        Ok(value)
    }

    /// Refuses the plain hub: a named person has to do this.
    pub(super) fn check_person(&self, name: &'static str) -> Result<()> {
        match *self.actor {
            Actor::System => {
                let message = "a named person has to do this: use hub.as({ id, roles })";
                Err(Error::new(ErrorKind::Forbidden, message).with_operation(name))
            }
            Actor::User { .. } => Ok(()),
        }
    }

    /// Writes a line of the audit.
    pub(super) async fn note(
        &self,
        engine: &Engine,
        action: &'static str,
        shop: Option<ShopId>,
        target: Option<String>,
        outcome: String,
    ) -> Result<()> {
        let audit = NewAudit {
            at: engine.clock.now(),
            actor: self.actor.id().to_owned(),
            action: action.to_owned(),
            shop,
            target,
            outcome,
        };
        engine.store.insert_audit(audit).await
    }

    fn forbidden(&self, name: &'static str, right: Right, shop: Option<ShopId>) -> Error {
        let message = format!("{} lacks the right {right}: grant it with rights.set", self.actor.id());
        let error = Error::new(ErrorKind::Forbidden, message).with_operation(name);
        match shop {
            Some(shop) => error.with_shop(shop),
            None => error,
        }
    }
}
