//! Runs a plan: asks what it wants to know, keeps what holds, until all is known.

use super::Publisher;
use super::look::style;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Facts, Question, Step};

/// More questions than any plan has: a draft of a hundred SKUs asks for each of their options.
const MOST_QUESTIONS: usize = 500;

impl Publisher {
    /// Asks until the plan is done. Nothing that it asks changes the shop, so that it may be run again at any time.
    pub(super) async fn run_plan<T>(
        &self,
        shop: &ShopContext,
        next: impl Fn(&Facts) -> Result<Step<T>>,
    ) -> Result<T> {
        let mut facts = Facts::default();
        for _ in 0..MOST_QUESTIONS {
            let question = match next(&facts)? {
                Step::Done(value) => return Ok(value),
                Step::Ask(question) => question,
            };
            if facts.get(&question.name).is_some() {
                return Err(Error::internal("a plan asks for what it knows"));
            }
            let answer = self.answer(shop, &question).await?;
            facts.insert(question.name, answer);
        }
        Err(Error::internal("a plan never ends"))
    }

    async fn answer(&self, shop: &ShopContext, question: &Question) -> Result<String> {
        let (id, now) = (shop.shop.id, self.clock.now());
        if question.keep.is_some()
            && let Some(known) = self.store.fact(id, question.name.clone(), now).await?
        {
            return Ok(known);
        }
        let answer = match self.caller.call(shop, &question.call, style()).await {
            Ok(answer) => answer.get().to_owned(),
            Err(error) if question.optional && is_for_good(error.kind()) => return Ok("null".to_owned()),
            Err(error) => return Err(error),
        };
        if let Some(keep) = question.keep {
            self.store.keep_fact(id, question.name.clone(), answer.clone(), now.plus(keep)).await?;
        }
        Ok(answer)
    }
}

/// Asking again would not help.
const fn is_for_good(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Rejected | ErrorKind::PlatformConfig | ErrorKind::Unsupported | ErrorKind::NotFound
    )
}
