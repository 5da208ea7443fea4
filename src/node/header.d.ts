/* The part of index.d.ts that is written by hand (src/node/header.d.ts); the rest is generated from Rust. */
/// <reference types="node" />

/** What went wrong, as a stable word. docs/errors.md says what to do about each. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'INVALID_REQUEST'
  | 'UNSUPPORTED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'REAUTHORIZE'
  | 'RATE_LIMITED'
  | 'TRANSIENT'
  | 'REJECTED'
  | 'PLATFORM_CONFIG'
  | 'UNKNOWN_OUTCOME'
  | 'DECODE'
  | 'STORAGE'
  | 'DATABASE_IN_USE'
  | 'KEY_WRONG'
  | 'CANCELLED'
  | 'CLOSED'
  | 'INTERNAL'

/** What every function of this module throws or rejects with. Tell it by `name`. */
export interface DianqiaoError extends Error {
  name: 'DianqiaoError'
  code: ErrorCode
  /** The platform it concerns. */
  platform?: PlatformId
  /** The shop it concerns. */
  shopId?: string
  /** What failed, such as `products.sync`. */
  operation: string
  /** The platform's own code. */
  platformCode?: string
  /** The platform's id of the request, which its support asks for. */
  requestId?: string
  /** Whether the same call may succeed later. */
  retryable: boolean
  /** How long to wait before, when that is known. */
  retryAfterMs?: number
  /** How often we tried; 0 when nothing was sent. */
  attempts: number
}

export type PlatformId = 'doudian' | 'taobao' | 'jd' | 'pinduoduo' | 'douyin'
export type AppKind = 'tool' | 'self_use'
export type ShopKind = 'store' | 'content_account'
export type ShopStatus = 'active' | 'disabled' | 'reauthorize'
export type GrantState = 'valid' | 'refreshing' | 'reauthorize'
export type RunKind = 'products' | 'orders' | 'refunds'
export type NextAction =
  | 'none'
  | 'enable_shop'
  | 'enable_app'
  | 'authorize'
  | 'renew_authorization'
  | 'platform_config'
  | 'wait'
  | 'resolve_changes'
  | 'sync'
export type RunMode = 'full' | 'incremental' | 'backfill'
export type RunState = 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted'
export type RunStage = 'list' | 'detail'
export type ChangeOperation =
  | 'products.online'
  | 'products.price'
  | 'products.stock'
  | 'products.publish'
  | 'products.update'
  | 'orders.ship'
  | 'promotions.publish'
  | 'campaigns.create'
/** docs/send-states.md says which follows which. */
export type ChangeState =
  | 'queued'
  | 'intent'
  | 'unknown'
  | 'accepted'
  | 'rejected'
  | 'retry_wait'
  | 'needs_human'
  | 'cancelled'
  | 'expired'
  | 'superseded'
export type ChangeEvidence = 'answer' | 'read_back' | 'person'
/** What a person says of a change that needs one: it is there, it is not (send it), or leave it. */
export type Resolution = 'accepted' | 'send_again' | 'drop'
export type RefundKind = 'refund_only' | 'return_refund' | 'exchange' | 'resend' | 'repair' | 'unknown'
export type RefundStatus =
  | 'requested'
  | 'waiting_return'
  | 'returned'
  | 'refused'
  | 'arbitration'
  | 'processing'
  | 'done'
  | 'closed'
  | 'unknown'
export type CampaignStatus =
  | 'draft'
  | 'under_review'
  | 'refused'
  | 'scheduled'
  | 'running'
  | 'paused'
  | 'used_up'
  | 'ended'
  | 'unknown'
export type LinkOrderStatus =
  | 'unpaid'
  | 'paid'
  | 'received'
  | 'approved'
  | 'refused'
  | 'settled'
  | 'closed'
  | 'unknown'
export type Tier = 'r1' | 'r2' | 'w1' | 'w2'
export type ProductStatus =
  | 'on_sale'
  | 'off_sale'
  | 'draft'
  | 'under_review'
  | 'scheduled'
  | 'rejected'
  | 'banned'
  | 'deleted'
  | 'unknown'
export type ListingStatus =
  | 'submitting'
  | 'failed'
  | 'under_review'
  | 'scheduled'
  | 'on_sale'
  | 'off_sale'
  | 'draft'
  | 'rejected'
  | 'banned'
  | 'deleted'
  | 'unknown'
export type JobKind =
  | 'orders.sync'
  | 'products.sync'
  | 'refunds.sync'
  | 'tokens.refresh'
  | 'promotions.publish'
  | 'promotions.metrics'
  | 'database.backup'
  | 'jobs.prune'
  | 'probe'
/** docs/job-states.md says which follows which. */
export type JobState = 'waiting' | 'running' | 'paused' | 'done' | 'dead' | 'cancelled'
/** What goes first. */
export type Lane = 'interactive' | 'normal' | 'bulk'
/** What a promotion is. `live_preview`: no platform has one of its own; it is a video or pictures whose text says when. */
export type PromotionKind = 'video' | 'image_text' | 'live_preview' | 'shop_video' | 'promotion_link'
/** By us, or by a person who opens a link in the app of the platform and presses publish there. */
export type Delivery = 'direct' | 'share_link'
/** docs/promotion-states.md says which follows which. */
export type PromotionStatus =
  | 'draft'
  | 'in_approval'
  | 'scheduled'
  | 'queued'
  | 'uploading'
  | 'submitting'
  | 'unknown'
  | 'needs_human'
  | 'waiting_for_user'
  | 'under_review'
  | 'published'
  | 'rejected'
  | 'failed'
  | 'cancelled'
  | 'expired'
  | 'taken_down'
export type Decision = 'approved' | 'rejected'
export type LiveState = 'upcoming' | 'live_time' | 'over'
/** What happens to times of a schedule that passed while no process was here. */
export type CatchUp = 'skip' | 'once' | 'each'
/** What a property of a category takes. */
export type PropertyInput = 'one' | 'many' | 'one_or_text' | 'text' | 'number' | 'other'
export type OrderStatus =
  | 'unpaid'
  | 'paid'
  | 'to_ship'
  | 'part_shipped'
  | 'shipped'
  | 'completed'
  | 'cancelled'
  | 'unknown'
export type Right =
  | 'apps.read'
  | 'apps.manage'
  | 'shops.read'
  | 'shops.connect'
  | 'shops.manage'
  | 'shops.adopt'
  | 'products.read'
  | 'products.write'
  | 'orders.read'
  | 'orders.ship'
  | 'marketing.read'
  | 'marketing.manage'
  | 'promotions.read'
  | 'promotions.write'
  | 'promotions.approve'
  | 'media.read'
  | 'media.write'
  | 'orders.decrypt'
  | 'sync'
  | 'raw'
  | 'rights.manage'
  | 'audit.read'
  | 'maintenance'

export type BuyerPart = 'name' | 'phone' | 'detail'
/** What buyer data is wanted for. Some platforms ask, and decide by it. */
export type DecryptPurpose = 'ship' | 'after_sale' | 'service'

/** One key writes, several can still read: put the new key in `write` and the old one in `read` to change keys. */
export interface KeyRing {
  write: Uint8Array
  read?: Array<Uint8Array>
}

interface HubSettings {
  /** Path of the database file: one of ours, that nothing else opens. */
  database: string
  /** Overwrite the key Buffers once they are copied; otherwise they are left as they are. */
  wipeKey?: boolean
  /** Hosts besides the platforms' own that apps may be set to, such as `127.0.0.1:9900`. */
  allowHosts?: Array<string>
  /** Directories that `media.add` may take files from, with all below them; none unless given. */
  mediaDirs?: Array<string>
  /** An existing directory for the backups of the schedule `database.backup`, and how many of the newest stay (7). */
  backups?: { dir: string; keep?: number }
  /** Orders of each shop whose buyer data its platform may be asked to open in a day (100). */
  decryptsPerDay?: number
  /** Publish promotions only after a named person has approved them (true). */
  approval?: boolean
  /** Use a network file system, whose locks may lie. */
  force?: boolean
}

/** The master key is 32 bytes, see `Hub.generateKey()`; give it or a ring of keys. */
export type HubOptions = HubSettings &
  ({ masterKey: Uint8Array; keys?: undefined } | { keys: KeyRing; masterKey?: undefined })

interface Restoring {
  /** A file that `backup` made. */
  from: string
  /** Where the database belongs. Nobody may have it open. */
  database: string
  /** Also when there is a database; it is kept, see `keptAs`. */
  overwrite?: boolean
  /** Overwrite the key Buffers once they are copied; otherwise they are left as they are. */
  wipeKey?: boolean
  /** Use a network file system, whose locks may lie. */
  force?: boolean
}

/** The keys that `backup` named, as for `Hub.open`. */
export type RestoreOptions = Restoring &
  ({ masterKey: Uint8Array; keys?: undefined } | { keys: KeyRing; masterKey?: undefined })

/** A user of the OA, with the roles the OA gives them. */
export interface Actor {
  id: string
  roles?: Array<string>
}

interface Paged {
  /** At most this many items: 1 to 500, 50 when left out. */
  limit?: number
  /** `nextCursor` of the page before. */
  cursor?: string
}

/** What `apps.save` saves. With `id` it changes that app, and `appSecret` may be left out. */
export interface AppDraft {
  id?: string
  platform: PlatformId
  /** What people call it. */
  appName: string
  appKey: string
  /** Text, or a Buffer of UTF-8 text that can be wiped. */
  appSecret?: string | Uint8Array
  kind: AppKind
  /** 抖店: the service id in the service market. */
  serviceId?: string
  redirectUri?: string
  endpoints?: { api?: string; authorize?: string; token?: string; upload?: string }
  /** `http://user:password@host:port`; sealed at rest. */
  proxy?: string
  /** Calls per second that the platform granted; our careful default when left out. */
  callsPerSecond?: number
  /** True when left out. */
  enabled?: boolean
}

export interface OAuthBegin {
  appId: string
  /** The shop to authorise again; its answer must then be for that shop. */
  shopId?: string
  /** The OA's own value of the person's session, given again to `complete`. */
  session?: string
}

export interface OAuthComplete {
  /** `req.query`, `req.url`, the bare query string or the full URL. */
  query: string | { readonly [name: string]: string }
  session?: string
  /** Which app's callback URL it was, for callbacks that we had not asked for. */
  appId?: string
}

export interface OAuthConnect {
  appId: string
  platformShopId: string
}

export interface Adoption {
  id: string
}

export interface ShopFilter {
  platform?: PlatformId
  appId?: string
  status?: ShopStatus
}

export interface ShopRemoval {
  /** Remove its products, orders and runs too. */
  purge?: boolean
}

export interface CategoryQuery {
  shopId: string
  parentId?: string
}

export interface SyncOptions {
  shopId: string
  /** Read everything the platform shows, not only what changed. */
  full?: boolean
  /** Read what changed since then: ISO 8601 with a zone. */
  since?: string
  /**
   * With `since`: read exactly what changed between the two, beside the normal sync and without moving it.
   * One that was stopped goes on when it is asked for again with the same two times.
   */
  until?: string
  /**
   * Told how the run goes, perhaps once more just after the promise is settled. Reports are dropped while
   * the thread is busy. What it throws is ignored; it does not keep Node alive.
   */
  onProgress?: (run: Run) => void
  /** Ends the run at the next page; what is stored stays and the next sync goes on from there. */
  signal?: AbortSignal
}

/** Content to publish, in neutral words. */
export interface PromotionDraft {
  kind: PromotionKind
  /** Its name, for people here; a store's video shows it. */
  title: string
  /** What readers see; platforms read `#topic` in it. Of a live preview `{title}` `{start}` `{end}` `{room}` are filled in. */
  text?: string
  /** Ids of `hub.media`: one video, or pictures in their order. */
  media?: Array<string>
  /** The picture that stands for a video. */
  cover?: string
  /** `direct` when left out. */
  delivery?: Delivery
  /** For a share link: public https addresses of its files, which the platform's app fetches. */
  mediaUrls?: Array<string>
  /** What it promotes: the platform's id of a product, or `target` of goods that `marketing.searchGoods` found. */
  target?: string
  /** The broadcast that a live preview tells of: ISO 8601 with a zone. */
  live?: { startsAt: string; endsAt: string; room?: string }
  /** The platform's own fields, by the platform's names; of a link `appId` and `placement`. */
  attributes?: { readonly [name: string]: unknown }
}

export interface NewPromotion {
  shopId: string
  draft: PromotionDraft
  /** ISO 8601 with a zone; as soon as it is approved when left out. */
  publishAt?: string
}

export interface PromotionEdit {
  id: string
  draft: PromotionDraft
}

export interface PromotionDecision {
  id: string
  /** The version that was looked at, so that another one is not approved unseen. */
  version?: number
  comment?: string
}

export interface PromotionTime {
  id: string
  /** ISO 8601 with a zone; as soon as it is approved when left out. */
  publishAt?: string
}

export interface PromotionResolution {
  id: string
  resolution: Resolution
  /** Which post it is, where it is there. */
  platformPromotionId?: string
}

export interface PromotionFilter extends Paged {
  shopId?: string
  status?: PromotionStatus
  kind?: PromotionKind
}

export interface MetricsQuery {
  id: string
  /** Read it from the platform now. */
  refresh?: boolean
}

/** A push of a platform as it came to a route of the OA, its body raw. */
export interface NoticePush {
  platform: PlatformId
  /** `req.headers`. */
  headers: { readonly [name: string]: string | Array<string> | undefined }
  /** The body, byte for byte. */
  body: Uint8Array
}

export interface ProductFilter extends Paged {
  shopId?: string
  status?: ProductStatus
  /** Text that the name holds. */
  search?: string
}

export interface ProductQuery {
  shopId: string
  platformProductId: string
}

/** Ids are the platform's. */
export interface OnlineWish {
  shopId: string
  platformProductId: string
  online: boolean
}

export interface PriceWish {
  shopId: string
  platformProductId: string
  platformSkuId: string
  priceFen: number
}

/** `stock` sets how many there are, `delta` adds so many (or takes them away). */
export type StockWish = { shopId: string; platformProductId: string; platformSkuId: string } & (
  | { stock: number; delta?: undefined }
  | { delta: number; stock?: undefined }
)

export interface RulesQuery {
  shopId: string
  /** Of `shops.categories`: a leaf. */
  categoryId: string
}

/** An address, which most platforms want in their own picture store, or bytes, which are uploaded there. */
export type Picture = string | Uint8Array

/** A product to publish. What only one platform wants stands in `attributes`. */
export interface ListingDraft {
  /** The merchant's own id; one product of a shop has it. */
  outerId: string
  title: string
  categoryId: string
  /** Main images, the first one being the cover. */
  images: ReadonlyArray<Picture>
  /** Images of the description. */
  detailImages?: ReadonlyArray<Picture>
  description?: string
  /** At least one; one without options is a product without a choice. */
  skus: ReadonlyArray<DraftSku>
  /**
   * `properties` holds the category's properties by their ids (`products.rules`); the other members are the
   * platform's own fields, by the platform's names. JSON text carries integers beyond 2^53 too.
   */
  attributes?: string | { readonly [name: string]: unknown }
}

export interface DraftSku {
  outerId?: string
  priceFen: number
  stock: number
  /** The same names in the same order for each SKU. */
  options?: ReadonlyArray<{ name: string; value: string }>
  image?: Picture
  /** The platform's own fields of the SKU. */
  attributes?: string | { readonly [name: string]: unknown }
}

export interface PublishWish {
  shopId: string
  draft: ListingDraft
}

export interface UpdateWish {
  shopId: string
  platformProductId: string
  draft: ListingDraft
}

export interface ListingFilter extends Paged {
  shopId?: string
  status?: ListingStatus
  /** The merchant's own id. */
  outerId?: string
}

export interface ResolveOptions {
  /** Which product a new one became, by the platform's id. */
  platformProductId?: string
}

export interface Shipment {
  shopId: string
  platformOrderId: string
  /** Of `orders.companies`. */
  companyCode: string
  trackingNumber: string
}

export interface DecryptOptions {
  shopId: string
  /** At most 100. */
  platformOrderIds: string[]
  /** Which parts; all when left out. */
  fields?: BuyerPart[]
  /** `ship` when left out. */
  purpose?: DecryptPurpose
}

export interface ChangeFilter extends Paged {
  shopId?: string
  state?: ChangeState
  operation?: ChangeOperation
}

export interface RefundFilter extends Paged {
  shopId?: string
  status?: RefundStatus
  /** Of this order, by the platform's id. */
  platformOrderId?: string
  /** Changed at or after this time: ISO 8601 with a zone. */
  updatedFrom?: string
  /** Changed before this time: ISO 8601 with a zone. */
  updatedTo?: string
}

export interface PromotionQuery extends Paged {
  shopId: string
}

export interface CampaignWish {
  shopId: string
  draft: CampaignDraft
}

/** A promotion to create. The limits are 京东's, which is the one platform that takes it. */
export interface CampaignDraft {
  /** At most 10 characters. Together with its times it tells it from the others of the shop. */
  name: string
  /** When it begins: ISO 8601 with a zone, a whole minute, within 180 days. */
  from: string
  /** When it ends: a whole minute, at most 180 days later. */
  to: string
  offer: CampaignOffer
  /** What takes part, at most 1000 of 200 products; the whole shop when left out, where the offer allows it. */
  skus?: ReadonlyArray<CampaignSku>
  /** Words for buyers, at most 50 characters. */
  slogan?: string
  /** Words for the shop's own people, at most 200 bytes of UTF-8. */
  comment?: string
}

export type CampaignOffer =
  /** Each SKU has a price of its own, below the shop's. */
  | { kind: 'item_prices' }
  /** From an amount on, so much less; both whole yuan. */
  | { kind: 'amount_off'; fromFen: number; offFen: number }
  /** From so many pieces on, all of them at a part of the price: `paysBp: 8500` is 85 %, 8.5 折. */
  | { kind: 'pieces_discount'; pieces: number; paysBp: number }
  /** Of so many pieces, some are free. */
  | { kind: 'pieces_free'; pieces: number; free: number }
  /** Any so many pieces of `skus` for one amount, of whole tenths of a yuan. */
  | { kind: 'pieces_for'; pieces: number; totalFen: number }

export interface CampaignSku {
  platformProductId: string
  platformSkuId: string
  /** Its price in the promotion; for offers of the kind `item_prices` alone. */
  priceFen?: number
}

export interface LinkRequest {
  /** A promoter's app. */
  appId: string
  /** What orders are counted for: a `p_id` on 拼多多, `siteId` or `siteId_positionId` on 京东; 淘宝 targets hold it. */
  placement?: string
  /** `target` of goods that `searchGoods` gave; at most 20. */
  targets: string[]
}

export interface LinkSearch extends Paged {
  /** A promoter's app. */
  appId: string
  /** What the links will be for. 淘宝 needs it (an `adzone_id` or a whole `mm_…`); 拼多多 wants it registered first. */
  placement?: string
  keyword: string
}

export interface LinkOrderQuery extends Paged {
  /** A promoter's app. */
  appId: string
  /** Changed at or after this time: ISO 8601 with a zone. With a `cursor`, the times that its list began with count. */
  from: string
  /** Changed by this time; by now when left out. */
  to?: string
}

export interface OrderFilter extends Paged {
  shopId?: string
  status?: OrderStatus
  /** Changed at or after this time: ISO 8601 with a zone. */
  updatedFrom?: string
  /** Changed before this time: ISO 8601 with a zone. */
  updatedTo?: string
}

export interface RunFilter extends Paged {
  shopId?: string
  kind?: RunKind
  state?: RunState
}

export interface NewJob {
  kind: JobKind
  /** The shop it is about; left out for `database.backup`, `jobs.prune` and `probe`. */
  shopId?: string
  /** `interactive` when left out. */
  lane?: Lane
  /** Not before this time: ISO 8601 with a zone. */
  dueAt?: string
  /** 8 when left out. */
  maxAttempts?: number
}

export type MediaKind = 'image' | 'video'
/** What a media file is used for; docs/media.md. */
export type MediaSlot = 'video' | 'cover' | 'image' | 'product_image' | 'detail_image'
export type MediaRule = 'kind' | 'format' | 'codec' | 'bytes' | 'pixels' | 'ratio' | 'duration' | 'unreadable'

interface NamedMedia {
  /** For people and platforms; the file's own name when `path` is given. */
  fileName?: string
  /** Refuse it when it is something else. */
  kind?: MediaKind
}

/** Exactly one of a file below `mediaDirs`, its content (up to 32 MiB), and a public https address. */
export type NewMedia = NamedMedia &
  (
    | { path: string; bytes?: undefined; url?: undefined }
    | { bytes: Uint8Array; path?: undefined; url?: undefined }
    | { url: string; path?: undefined; bytes?: undefined }
  )

export interface MediaFilter extends Paged {
  kind?: MediaKind
}

export interface MediaPlace {
  id: string
  platform: PlatformId
  slot: MediaSlot
}

export interface JobFilter extends Paged {
  shopId?: string
  kind?: JobKind
  state?: JobState
}

/** What is left out stays. */
export interface ScheduleChange {
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron?: string
  /** Such as `Asia/Shanghai`. */
  zone?: string
  spreadMs?: number
  catchUp?: CatchUp
  enabled?: boolean
}

export interface AuditFilter extends Paged {
  shopId?: string
  actor?: string
}

export interface RightChange {
  /** `role:NAME` or `user:ID`. */
  subject: string
  right: Right
  /** For this shop only; for all when left out. */
  shopId?: string
  granted: boolean
}

/** A file of a raw call. */
export interface RawFile {
  /** The form's name of its part, such as `img`. */
  name: string
  fileName: string
  /** Such as `image/png`. */
  contentType: string
  bytes: Uint8Array
}

export interface RawCall {
  /** In the name of this shop, or of an app alone: exactly one of both. */
  shopId?: string
  /** Such as a promoter's, which has no shops. Methods that need a shop's token are refused. */
  appId?: string
  /** The platform's name of the method. */
  api: string
  /** An object, or JSON text, which carries integers beyond 2^53 too. */
  params?: string | { readonly [name: string]: unknown }
  /** Files that travel along, on platforms that take them (multipart); they are not signed. */
  files?: ReadonlyArray<RawFile>
  /** Say so when sending it twice does no harm. */
  repeatable?: boolean
  /** Call a method that a function of the hub owns, such as `products.setPrice`, all the same. */
  force?: boolean
}

/** A value of SQL: booleans become 1 and 0, a BigInt must fit 64 bits. */
export type SqlValue = null | boolean | number | bigint | string
/** An array for `?`; an object, with names without their sign, for `:name`, `@name` and `$name`. */
export type SqlParams = ReadonlyArray<SqlValue> | { readonly [name: string]: SqlValue }

export interface BackupOptions {
  /** A file that does not exist yet, in a folder that does. */
  file: string
  /** Write to a network file system too. */
  force?: boolean
  /** Stops it; no file is left. */
  signal?: AbortSignal
}

export interface RotateKeyOptions {
  /** 32 bytes from `Hub.generateKey()`. Keep it where the old one is kept before you call. It is copied. */
  newKey: Uint8Array
  /** Overwrite `newKey` with zeros once it was read. */
  wipeKey?: boolean
  /** Finish although some values open with no key. They are left as they are, and lost, as they were before. */
  leaveUnreadable?: boolean
  /** Told how far it is. */
  onProgress?: (progress: KeyRotationProgress) => void
  /** Stops it between two batches; what was done stays, and calling again goes on. */
  signal?: AbortSignal
}

export interface QueryOptions {
  /** 5,000 when left out, at most 60,000. */
  timeoutMs?: number
  /** 10,000 when left out, at most 100,000; more rows are an error. */
  maxRows?: number
  /** Size of the answer: 8 MiB when left out, at most 64 MiB. */
  maxBytes?: number
  /** Stops the query. */
  signal?: AbortSignal
}

export interface Hub {
  /** With `raw: true`, `call` resolves to the JSON text itself, unchanged. */
  call(options: RawCall & { raw: true }): Promise<string>
}

/** What `hub.on` tells of. */
export interface HubEvents {
  /** A shop's authorisation ended; a person must authorise it again. */
  'shop.reauthorize': ShopReauthorize
  /** A shop's authorisation ends soon; told once for each of 30, 14, 7, 3 and 1 days ahead. */
  'shop.expiring': ShopExpiring
  /** A run's numbers changed. */
  'run.progress': Run
  /** A run ended; its state says how. */
  'run.finished': Run
  /** A change of the platform moved on. */
  'change.state': Change
  /** A published product went on in its review. */
  'listing.status': Listing
  /** A promotion went on. */
  'promotion.state': Promotion
  /** A promotion stands where it stands for longer than its `deadlineAt`; told once for each state. */
  'promotion.overdue': Promotion
  /** The broadcast that a live preview tells of starts now, or is over. */
  'promotion.live': PromotionLive
  /** A job failed too often, or for good. */
  'job.dead': Job
}
