//! The nouns the OA talks about. Plain data: no I/O, no clock, no platform's own words.

mod words;

mod actor;
mod app;
mod campaign;
mod change;
mod decrypt;
mod event;
mod explain;
mod file;
mod id;
mod job;
mod listing;
mod marketing;
mod media;
mod money;
mod order;
mod page;
mod platform;
mod product;
mod promotion;
mod query;
mod refund;
mod run;
mod shop;
mod time;

pub use actor::{Actor, AuditEntry, AuditFilter, Right, RightEntry};
pub use app::{App, AppDraft, AppField, AppKind, Endpoints, PlatformInfo};
pub use campaign::{CampaignDraft, CampaignOffer, CampaignSku};
pub use change::{
    Change, ChangeFilter, ChangeState, Company, Evidence, Operation, Receipt, Resolution, Wanted,
};
pub use decrypt::{BuyerPart, DecryptBudget, DecryptFailure, DecryptPurpose, Decrypted, DecryptedOrder};
pub use event::{Event, EventKind};
pub use explain::{
    Contact, ExpiryReport, GoodCall, LimitReport, NextAction, OpenChanges, PlatformError, ShopExplanation,
    SyncReport,
};
pub use file::{FilePart, image_type};
pub use id::{
    AppId, ChangeId, JobId, ListingId, MediaId, OrderId, ProductId, PromotionId, RefundId, RunId, ScheduleId,
    ShopId, SkuId,
};
pub use job::{CatchUp, Job, JobFilter, JobKind, JobState, Lane, NewJob, Schedule, ScheduleChange};
pub use listing::{
    CategoryRules, DraftSku, Listing, ListingDraft, ListingFilter, ListingStatus, Picture, PropertyInput,
    PropertyOption, PropertyRule, SkuOption,
};
pub use marketing::{
    Campaign, CampaignStatus, Coupon, GoodsCoupon, LinkGoods, LinkOrder, LinkOrderStatus, MarketList,
    PromotionLink,
};
pub use media::{
    Media, MediaCheck, MediaFacts, MediaFilter, MediaKind, MediaProblem, MediaRule, MediaRules, MediaSlot,
};
pub use money::Fen;
pub use order::{BuyerField, Order, OrderFilter, OrderItem, OrderRecord, OrderStatus, Package, Receiver};
pub use page::{Page, PageRequest};
pub use platform::PlatformId;
pub use product::{Category, Product, ProductFilter, ProductRecord, ProductStatus, Sku, SkuRecord};
pub use promotion::{
    Approval, DayFigures, Decision, Delivery, Figures, LivePlan, LiveState, Promotion, PromotionDraft,
    PromotionFilter, PromotionKind, PromotionMetrics, PromotionStatus, PromotionStep,
};
pub use query::{SqlParams, SqlRows, SqlValue};
pub use refund::{Refund, RefundFilter, RefundKind, RefundRecord, RefundStatus};
pub use run::{Progress, Run, RunFilter, RunKind, RunMode, RunState, Stage};
pub use shop::{
    Authorization, GrantState, PendingGrant, Shop, ShopCounts, ShopFilter, ShopKind, ShopStatus, Tier,
};
pub use time::{TimeRange, UtcMillis};
