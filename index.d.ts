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

/**
 * Which binding artifact the generated loader actually loaded: `'native'` for
 * a native addon, otherwise the `platformArchABI` of the WASI flavor. Every
 * flavor napi-rs can build is listed, because `NAPI_RS_NATIVE_LIBRARY_PATH`
 * can point the loader at a WASI artifact this package does not build itself.
 */
export declare const __napiBindingTarget: 'native' | 'wasm32-wasi' | 'wasm32-wasip1'

/** Our registrations on platforms. */
export declare class Apps {
  /** Lists all apps, without their secrets. */
  list(): Promise<Array<App>>
  /** Gives one app, without its secret. Fails with NOT_FOUND. */
  get(id: string): Promise<App>
  /**
   * Saves a new app or, with `id`, changes one; `appSecret` may then be left out. The secret is sealed at
   * once and never given back.
   */
  save(app: AppDraft): Promise<App>
  /** Removes an app. Fails with CONFLICT while shops use it. */
  remove(id: string): Promise<void>
}

/** Who did what. */
export declare class Audit {
  /** Lists the audit, newest first. */
  list(filter?: AuditFilter): Promise<AuditPage>
}

/** Writes to the platforms, and how they go on. */
export declare class Changes {
  /**
   * Lists changes, newest first. Those of products, and of promotions of a shop, need the right `products.read`,
   * shipments `orders.read`, what is posted `promotions.read`; without an operation all three.
   */
  list(filter?: ChangeFilter): Promise<ChangePage>
  /** Gives one change. Fails with NOT_FOUND. */
  get(id: string): Promise<Change>
  /**
   * Looks at the platform now for a change whose outcome is unknown or that needs a person, and gives it
   * as it is then.
   */
  settle(id: string): Promise<Change>
  /** Takes a change back that still waits. Fails with CONFLICT when it is under way, unknown or has ended. */
  cancel(id: string): Promise<Change>
  /**
   * Says what became of a change that needs a person, who has looked at the platform. A named actor has to
   * do this. Of a new product that is there, `platformProductId` says which it is; it is looked for when left out.
   */
  resolve(id: string, resolution: Resolution, options?: ResolveOptions): Promise<Change>
}

/** A company's shops on one database file. Every call is made as `system` until `as` says who asks. */
export declare class Hub {
  /**
   * Opens the database file, which is made when there is none. Threads and worker threads of one process
   * share the same engine.
   */
  static open(options: HubOptions): Promise<Hub>
  /**
   * Puts a backup into the place of the database, which nobody may have open. The backup is checked first;
   * with `overwrite` a database that is there is kept under another name. Nothing that waited to be written
   * to a platform is sent by itself afterwards.
   */
  static restore(options: RestoreOptions): Promise<Restored>
  /** Makes a master key: 32 random bytes. Keep it outside the database; without it the secrets are lost. */
  static generateKey(): Buffer
  /** The same hub, asked by a user of the OA: every group then checks that user's rights. */
  as(actor: Actor): Hub
  /** The platforms that this version speaks. */
  get platforms(): Platforms
  /** Our registrations on platforms. */
  get apps(): Apps
  /** How shops are authorised. */
  get oauth(): OAuth
  /** Authorised accounts. */
  get shops(): Shops
  /** Products and their SKUs. */
  get products(): Products
  /** Orders. */
  get orders(): Orders
  /** Work in the background. */
  get jobs(): Jobs
  /** What is queued by the clock. */
  get schedules(): Schedules
  /** What was published, and how its review goes on. */
  get listings(): Listings
  /** Content that is published, from the draft to what it did. */
  get promotions(): Promotions
  /** What platforms push to the OA. */
  get notices(): Notices
  /** Refunds and other after-sale cases. */
  get refunds(): Refunds
  /** Promotions and coupons of shops, and links that earn a commission. */
  get marketing(): Marketing
  /** Images and videos. */
  get media(): Media
  /** Writes to the platforms, and how they go on. */
  get changes(): Changes
  /** Executions of syncs. */
  get runs(): Runs
  /** What roles and users may do. */
  get rights(): Rights
  /** Who did what. */
  get audit(): Audit
  /**
   * Calls any method of the shop's platform and resolves to its unwrapped result. Integers beyond ±2^53,
   * which JavaScript cannot hold, come as decimal strings; with `raw: true` the JSON text itself comes,
   * unchanged. Only repeated after bytes were sent when the method is known to be a read or `repeatable`
   * says so; otherwise an answer that got lost is UNKNOWN_OUTCOME. Methods that a function of the hub owns,
   * such as `products.setPrice`, are refused unless `force` says so.
   */
  call<T = unknown>(options: RawCall & { raw?: false }): Promise<T>
  /**
   * Answers one SELECT on the views `v_shops`, `v_products`, `v_skus`, `v_orders` and `v_promotions` (docs/query.md), with
   * parameters for `?` as an array or for `:name` as an object. Only for the hub itself, not for an actor's.
   * Too many rows or bytes and too long a time are errors; nothing is cut.
   */
  query<T = Record<string, string | number | null>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<Array<T>>
  /**
   * Writes a checked copy of the database to a new file while everybody works on. Its secrets are sealed as
   * in the database: it needs the same key. Needs the right `maintenance`.
   */
  backup(options: BackupOptions): Promise<Backup>
  /**
   * Seals everything with a new master key while everybody works on; then that key alone opens the database.
   * Keep the new key before you call. Until it has ended, also after a crash, the database needs
   * `keys: { write: newKey, read: [oldKey] }`, and calling it again goes on. Needs the right `maintenance`.
   */
  rotateKey(options: RotateKeyOptions): Promise<KeyRotation>
  /**
   * Calls the listener for every such event of this process, of shops that the actor may see, until the
   * returned function is called or the hub is closed. A listener does not keep Node alive, and what it
   * throws is its own matter. Events are news and may be missed by a slow listener; runs and shops are
   * the truth.
   */
  on<K extends keyof HubEvents>(event: K, listener: (value: HubEvents[K]) => unknown): () => void
  /** Says how the hub is, for a status page. */
  health(): Promise<Health>
  /**
   * Ends the work and lets the file go; running syncs stop at the next page. Closing twice is fine;
   * afterwards every call fails with CLOSED.
   */
  close(): Promise<void>
}

/** Work in the background. */
export declare class Jobs {
  /** Queues a job, for now or for `dueAt`. One of the same kind and shop that is not finished is that one. */
  add(job: NewJob): Promise<Job>
  /** Lists jobs, newest first. */
  list(filter?: JobFilter): Promise<JobPage>
  /** Gives one job. Fails with NOT_FOUND. */
  get(id: string): Promise<Job>
  /**
   * Takes a job back. One that runs is asked to stop; what it has done stays. Fails with CONFLICT when it has
   * ended.
   */
  cancel(id: string): Promise<Job>
  /** Puts a job aside that waits. */
  pause(id: string): Promise<Job>
  /** Lets a job that was put aside wait for its turn again. */
  resume(id: string): Promise<Job>
  /** Tries a job again that is dead or was cancelled, with all its attempts; one that waits is due now. */
  retry(id: string): Promise<Job>
}

/** What was published, from the draft to the end of the platform's review. */
export declare class Listings {
  /** Lists what was published, newest first. */
  list(filter?: ListingFilter): Promise<ListingPage>
  /** Gives one listing. Fails with NOT_FOUND. */
  get(id: string): Promise<Listing>
  /**
   * Asks the platform now where a published product stands in its review. It is asked from time to time by
   * itself too. Fails with CONFLICT while its change has not ended, or when it failed.
   */
  check(id: string): Promise<Listing>
}

/**
 * Promotions and coupons of shops, and links that earn a commission. Everything is read straight from the
 * platform; a promotion that is created is a change.
 */
export declare class Marketing {
  /** Lists the promotions of a shop. */
  campaigns(options: PromotionQuery): Promise<CampaignListing>
  /**
   * Creates a promotion of a shop. Only the last of its calls counts for buyers, after the platform's review, whose
   * end `campaigns` tells. The same draft again gives the same change, which has the platform's id once it is
   * accepted. An unknown outcome is settled by looking for the promotion; it is never made a second time. Fails with
   * UNSUPPORTED where the platform or this version has no such function, with INVALID_REQUEST and every problem of
   * the draft, and with CONFLICT when another draft has its name and times.
   */
  createCampaign(wish: CampaignWish): Promise<Receipt>
  /** Lists the coupons that a shop gives away. */
  coupons(options: PromotionQuery): Promise<CouponListing>
  /**
   * Makes links that earn a commission, one for each target, in that order. The app must be a promoter's;
   * no shop is needed. A link made twice does no harm.
   */
  createLinks(options: LinkRequest): Promise<Array<PromotionLink>>
  /** Searches goods for which links can be made. The app must be a promoter's. */
  searchGoods(options: LinkSearch): Promise<LinkGoodsListing>
  /**
   * Lists orders that links brought and that changed in a time. A part may be empty and not the last: go on
   * while there is a `nextCursor`. An order that changes meanwhile may come twice.
   */
  linkOrders(options: LinkOrderQuery): Promise<LinkOrderListing>
}

/** Images and videos. */
export declare class Media {
  /**
   * Takes in a JPEG, PNG or WebP image or an MP4, MOV or WebM video, told by its content: from a file below
   * `mediaDirs`, from a Buffer, or from a public https address. The same content has the same id.
   */
  add(media: NewMedia): Promise<MediaFile>
  /** Lists media files, newest first. */
  list(filter?: MediaFilter): Promise<MediaPage>
  /** Gives one media file. Fails with NOT_FOUND. */
  get(id: string): Promise<MediaFile>
  /**
   * Holds a file against what a platform takes in a slot; `problems` is empty when it can be used. Fails with
   * UNSUPPORTED where no limits of the slot are known.
   */
  check(place: MediaPlace): Promise<MediaCheck>
  /**
   * Makes an image that fits, as a media file of its own without data of its camera; one that fits is answered
   * itself. Fails with INVALID_REQUEST when it cannot be made to fit.
   */
  fit(place: MediaPlace): Promise<MediaFile>
  /** Removes a media file and its content. Fails with CONFLICT while something needs it. */
  remove(id: string): Promise<void>
}

/** What platforms push to the OA. */
export declare class Notices {
  /**
   * Takes a push of a platform, as it came to a route with a raw body (`express.raw({ type: '*\/*' })`): checks that
   * it is genuine, acts on it, and says what to answer. It is only a hint; what it tells of is asked for at the
   * platform. Fails with UNSUPPORTED where the platform pushes nothing that is understood here.
   */
  receive(options: NoticePush): Promise<NoticeReply>
}

/** How shops are authorised. */
export declare class OAuth {
  /**
   * Makes the URL that a merchant opens to authorise the app. Give `session`, the OA's own value of the
   * person's session, and give it again to `complete`: only then can nobody else finish what was begun.
   */
  begin(options: OAuthBegin): Promise<BegunOAuth>
  /**
   * Takes the platform's callback. Resolves to the shop or, when we had not asked for it, to a pending
   * grant that an actor with the right may adopt. `appId` tells which app's callback URL it was.
   */
  complete(options: OAuthComplete): Promise<ConnectedOAuth | PendingOAuth>
  /** Connects a shop of the company's own to a self-use app, without a browser. */
  connect(options: OAuthConnect): Promise<Shop>
  /** Lists authorisations that wait for adoption. */
  pending(): Promise<Array<PendingGrant>>
  /** Adopts a pending grant. A person must do it: use `hub.as(…)`. */
  adopt(options: Adoption): Promise<Shop>
}

/** Orders. */
export declare class Orders {
  /** Lists stored orders, those that changed last first. */
  list(filter?: OrderFilter): Promise<OrderPage>
  /** Gives one stored order. Fails with NOT_FOUND. */
  get(id: string): Promise<Order>
  /** Syncs the shop's orders. */
  sync(options: SyncOptions): Promise<Run>
  /**
   * Ships an order with one parcel. Never sent a second time without a person: while its outcome is
   * unknown, the order is looked at.
   */
  ship(shipment: Shipment): Promise<Receipt>
  /**
   * Opens buyer data of orders: in plain text, for you alone. What a platform sealed is opened by the platform,
   * within a budget of each shop and day. Needs the right `orders.decrypt`, and each call is in the audit.
   */
  decrypt(options: DecryptOptions): Promise<Decrypted>
  /** The carriers that the shop's platform knows. */
  companies(shopId: string): Promise<Array<Company>>
}

/** The platforms that this version speaks. */
export declare class Platforms {
  /** Lists them, with what each offers and what an app on it needs. */
  list(): Promise<Array<PlatformInfo>>
}

/** Products and their SKUs. */
export declare class Products {
  /** Lists stored products, without their SKUs. */
  list(filter?: ProductFilter): Promise<ProductPage>
  /** Gives one stored product with its SKUs. Fails with NOT_FOUND. */
  get(id: string): Promise<Product>
  /** Syncs the shop's products and their SKUs. */
  sync(options: SyncOptions): Promise<Run>
  /**
   * Puts a product on sale or takes it down; on sale may mean under review first. Like every write it fails
   * only when the platform surely did not do it; `unknown` is settled by itself, see `changes`.
   */
  setOnline(wish: OnlineWish): Promise<Receipt>
  /** Sets the price of a SKU. The newest price that was wanted wins. */
  setPrice(wish: PriceWish): Promise<Receipt>
  /** Sets the stock of a SKU (`stock`), or adds to it (`delta`). Two equal additions are two changes. */
  setStock(wish: StockWish): Promise<Receipt>
  /** Asks what a category wants of its products: its properties, which are needed, and what can be chosen. */
  rules(options: RulesQuery): Promise<CategoryRules>
  /**
   * Publishes a new product. The draft is checked by the rules of its category and its images are uploaded; then
   * one call is made, once. The same draft again gives the same change. `listings` and the event
   * `listing.status` tell how the platform's review ends. An unknown outcome is settled by looking for the outer
   * id; it is never sent again without a person. Fails with INVALID_REQUEST and every problem of the draft, and
   * with CONFLICT when a product of the shop has the outer id.
   */
  publish(wish: PublishWish): Promise<Receipt>
  /** Changes a published product to what the draft says, as a whole. The newest draft that was wanted wins. */
  update(wish: UpdateWish): Promise<Receipt>
  /** Asks the platform for one product as it is now. Nothing is stored. */
  fetch(options: ProductQuery): Promise<FetchedProduct>
}

/** Content that is published: videos, pictures with a text, previews of broadcasts, videos of stores, and links. */
export declare class Promotions {
  /**
   * Keeps a draft. Nothing is published before it is submitted and, where the hub wants it, approved. Fails with
   * INVALID_REQUEST, naming every problem.
   */
  draft(options: NewPromotion): Promise<Promotion>
  /**
   * Puts another draft in the place of one that is not on its way: a new version, so that an approval is void and
   * it has to be submitted again. Fails with CONFLICT when it is on its way or published.
   */
  edit(options: PromotionEdit): Promise<Promotion>
  /**
   * Asks for approval; where the hub wants none, the promotion is on its way. Fails with UNSUPPORTED and
   * INVALID_REQUEST for what its platform does not take, its files included.
   */
  submit(id: string): Promise<Promotion>
  /**
   * Approves a version, which is on its way then. Needs a named person with the right `promotions.approve`. Fails
   * with CONFLICT when it does not ask for approval, or is another version by now.
   */
  approve(options: PromotionDecision): Promise<Promotion>
  /** Rejects a version: it is a draft again, and the comment says why. As `approve` otherwise. */
  reject(options: PromotionDecision): Promise<Promotion>
  /**
   * Sets when it is published; as soon as it is approved when `publishAt` is left out. Fails with CONFLICT when it
   * is on its way already.
   */
  schedule(options: PromotionTime): Promise<Promotion>
  /** Takes a promotion back that the platform does not have. Fails with CONFLICT when it is being published, or was. */
  cancel(id: string): Promise<Promotion>
  /** Tries again what surely was not published. Fails with CONFLICT when it did not fail. */
  retry(id: string): Promise<Promotion>
  /**
   * Says what became of a promotion that needs a person, who has looked at the platform. Needs a named person with
   * the right `promotions.approve`. Of one that is there, `platformPromotionId` says which it is; without it, it is
   * looked for. Fails with CONFLICT when it needs nobody, cannot be found, or is to be sent again while
   * what was sent may still arrive (15 minutes).
   */
  resolve(options: PromotionResolution): Promise<Promotion>
  /** Lists promotions, newest first. */
  list(filter?: PromotionFilter): Promise<PromotionPage>
  /** Gives one promotion. Fails with NOT_FOUND. */
  get(id: string): Promise<Promotion>
  /** Tells what happened to a promotion, oldest first. Fails with NOT_FOUND. */
  steps(id: string): Promise<Array<PromotionStep>>
  /**
   * Asks the platform now what became of a promotion. It is asked from time to time by itself too. Fails with
   * CONFLICT when the platform does not have it.
   */
  check(id: string): Promise<Promotion>
  /** Tells what a promotion did, as it was last read; read now with `refresh`. */
  metrics(options: MetricsQuery): Promise<PromotionMetrics>
}

/** Refunds and other after-sale cases. */
export declare class Refunds {
  /** Lists stored refunds, those that changed last first. */
  list(filter?: RefundFilter): Promise<RefundPage>
  /** Gives one stored refund. Fails with NOT_FOUND. */
  get(id: string): Promise<Refund>
  /** Syncs the shop's refunds. */
  sync(options: SyncOptions): Promise<Run>
}

/** What roles and users may do. */
export declare class Rights {
  /** Lists what is granted. */
  list(): Promise<Array<RightEntry>>
  /** Grants a right or takes it away: for one shop with `shopId`, for all without. */
  set(change: RightChange): Promise<void>
}

/** Executions of syncs. */
export declare class Runs {
  /** Lists runs, newest first. */
  list(filter?: RunFilter): Promise<RunPage>
  /** Gives one run. Fails with NOT_FOUND. */
  get(id: string): Promise<Run>
  /** Asks a run to end, whichever process drives it. Fails with CONFLICT when it has ended. */
  cancel(id: string): Promise<Run>
}

/** What is queued by the clock. */
export declare class Schedules {
  /** Lists every schedule. Those of syncs are off until somebody switches them on. */
  list(): Promise<Array<Schedule>>
  /** Changes a schedule, or switches it on or off. Fails with NOT_FOUND. */
  set(name: string, change: ScheduleChange): Promise<Schedule>
}

/** Authorised accounts. */
export declare class Shops {
  /** Lists shops. */
  list(filter?: ShopFilter): Promise<Array<Shop>>
  /** Gives one shop. Fails with NOT_FOUND. */
  get(id: string): Promise<Shop>
  /** Counts what is stored of a shop. */
  counts(id: string): Promise<ShopCounts>
  /** Lets us work for the shop again. */
  enable(id: string): Promise<Shop>
  /** Stops all work for the shop; its data and its grant stay. */
  disable(id: string): Promise<Shop>
  /** Forgets the shop's grant and disables it. With `purge`, its products, orders and runs go too. */
  remove(id: string, options?: ShopRemoval): Promise<void>
  /**
   * Binds a content account to the store that it posts for, or to none with `null`. Fails with NOT_FOUND, and with
   * INVALID_REQUEST when one of the two is of another kind.
   */
  bind(contentShopId: string, storeShopId: string | null): Promise<Shop>
  /** Asks the platform for the categories below `parentId`, or for the first level. */
  categories(options: CategoryQuery): Promise<Array<Category>>
  /** Explains why the shop works or does not, and what to do. Calls nothing. Fails with NOT_FOUND. */
  explain(id: string): Promise<ShopExplanation>
  /** Syncs the shop's products, then its orders. Resolves to the two runs. */
  sync(options: SyncOptions): Promise<Array<Run>>
}

/** One registered application, without its secret. */
export interface App {
  /** Our id. */
  id: string
  /** The platform it is registered on. */
  platform: PlatformId
  /** What people call it. */
  appName: string
  /** The platform's AppKey. */
  appKey: string
  /** How merchants authorise it. */
  kind: AppKind
  /** 抖店: the service id in the service market. */
  serviceId?: string
  /** Where the platform sends the merchant back to. */
  redirectUri?: string
  /** Addresses that differ from the platform's own. */
  endpoints: Endpoints
  /** Proxy of this app, shown without user and password. */
  proxy?: string
  /** Calls per second that the platform granted, when it differs from our careful default. */
  callsPerSecond?: number
  /** Off means: no call is made with it. */
  enabled: boolean
  /** When it was first saved. */
  createdAt: string
  /** When it was last saved. */
  updatedAt: string
}

/** A field that a platform needs in `apps.save`. */
export interface AppField {
  /** The field's name, such as `serviceId`. */
  name: string
  /** What to show beside it. */
  label: string
  /** Whether it must be given. */
  required: boolean
}

/** One line of the audit. */
export interface AuditEntry {
  /** Its number, growing. */
  id: string
  /** When. */
  at: string
  /** Who: the OA's user id, or `system`. */
  actor: string
  /** What, such as `apps.save`. */
  action: string
  /** The shop concerned. */
  shopId?: string
  /** What it was about: an id or a method name. */
  target?: string
  /** `ok`, `refused` or the code of the error. */
  outcome: string
}

/** Lines of the audit, and where the next page starts; `nextCursor` is absent at the end. */
export interface AuditPage {
  /** The lines. */
  items: Array<AuditEntry>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** What may be known of a shop's tokens; never the tokens. */
export interface Authorization {
  /** Where it stands. */
  state: GrantState
  /** Why it is dead, in a sentence. */
  reason?: string
  /** Grows with every stored token set. */
  generation: number
  /** When the access token ends. */
  expiresAt: string
  /** When the refresh token ends, where the platform has one. */
  refreshExpiresAt?: string
  /** Whether the platform lets us make a new token without a person (self-use apps). */
  renewableWithoutPerson: boolean
  /** How many days ahead of its end it was last warned of: only a person can renew it. */
  warnedDays?: number
  /** When single levels of permission end, on platforms that have them; the token itself may live longer. */
  tiers: Array<TierEnd>
  /**
   * How often the refresh token can still be renewed, on platforms that renew it apart from the access token. After
   * the last time only a person can move its end.
   */
  renewalsLeft?: number
  /** Why the platform renews the refresh token no further, where it said so before the last time. */
  renewalRefused?: string
}

/** A finished backup. */
export interface Backup {
  /** Where it is, in full. */
  file: string
  /** Its size. */
  bytes: number
  /** Version of its schema: a build that knows this one or a newer one can open it. */
  schemaVersion: number
  /** Ids of the keys it needs. */
  keyIds: Array<string>
  /** When it was begun: what was done before is in it. */
  takenAt: string
}

/** Where to send the merchant. */
export interface BegunOAuth {
  /** The URL to open. */
  url: string
  /** Until when the callback is taken. */
  expiresAt: string
}

/** One field of buyer data: for people, partly starred out, and opaque for the platform's decrypt call. */
export interface BuyerField {
  /** Partly starred out. */
  masked?: string
  /** Opaque. */
  cipher?: string
}

/** A promotion of a shop. */
export interface Campaign {
  /** The platform's id. */
  platformCampaignId: string
  /** Its name. */
  name: string
  /** The platform's word for its kind. */
  kind: string
  /** Where it stands. */
  status: CampaignStatus
  /** The platform's own status value; empty where it gives none. */
  platformStatus: string
  /** When it begins. */
  from?: string
  /** When it ends. */
  to?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
}

/** r" Promotions of a shop. */
export interface CampaignListing {
  /** What could be read. */
  items: Array<Campaign>
  /** How many records of this part could not be read. */
  unreadable: number
  /** `cursor` of the next part; absent at the end. */
  nextCursor?: string
}

/** A category of a platform. */
export interface Category {
  /** The platform's id. */
  id: string
  /** The one above; absent at the root. */
  parentId?: string
  /** Its name. */
  name: string
  /** Depth from the root, starting at 1, where the platform says it. */
  level?: number
  /** Whether products can be put into it. */
  isLeaf: boolean
  /** Whether the platform lets it be used. */
  isEnabled: boolean
}

/** What a category asks of its products. */
export interface CategoryRules {
  /** The platform's id of the category. */
  categoryId: string
  /** What is asked, in the platform's order. */
  properties: Array<PropertyRule>
  /** The platform's own rules as JSON or XML text, unchanged. */
  raw: string
}

/** A write to a platform. */
export interface Change {
  /** Its id, growing. */
  id: string
  /** The shop. */
  shopId: string
  /** What it does. */
  operation: ChangeOperation
  /**
   * What it changes: the platform's id of an order or product, `product/sku`, the merchant's own id of a product
   * that is new, or the name and the times of a promotion that is new.
   */
  target: string
  /** On sale, or not. */
  online?: boolean
  /** The price in fen. */
  priceFen?: number
  /** How many there should be. */
  stock?: number
  /** How many more there should be. */
  delta?: number
  /** The carrier's code. */
  companyCode?: string
  /** The tracking number. */
  trackingNumber?: string
  /** Where it stands. */
  state: ChangeState
  /** How often it was sent. */
  attempt: number
  /** The code of the error that it met last. */
  errorCode?: ErrorCode
  /** What the error said. */
  message?: string
  /** The platform's own code. */
  platformCode?: string
  /** The platform's id of the request, which its support asks for. */
  requestId?: string
  /** How we know that it was done. */
  evidence?: ChangeEvidence
  /** The platform's id of the promotion of the shop that it created, where it is known. */
  platformCampaignId?: string
  /** Who wanted it. */
  actor: string
  /** When it was wanted. */
  createdAt: string
  /** When it last changed. */
  updatedAt: string
  /** When it ended. */
  finishedAt?: string
}

/** Changes, and where the next page starts; `nextCursor` is absent at the end. */
export interface ChangePage {
  /** The changes. */
  items: Array<Change>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** A carrier. */
export interface Company {
  /** Its code, for `ship`. */
  code: string
  /** Its name for people. */
  name: string
}

/** The shop is authorised. */
export interface ConnectedOAuth {
  /** Tells it from a pending one. */
  state: 'connected'
  /** The shop. */
  shop: Shop
}

/** A kind of coupon that a shop gives away. */
export interface Coupon {
  /** The platform's id. */
  platformCouponId: string
  /** Its name; empty where the platform gives none. */
  name: string
  /** What it takes off, in fen. */
  faceValueFen: number
  /** From which amount on, in fen. */
  thresholdFen?: number
  /** How many there are. */
  total?: number
  /** How many were taken. */
  taken?: number
  /** How many were used. */
  used?: number
  /** Where it stands. */
  status: CampaignStatus
  /** The platform's own status value; empty where it gives none. */
  platformStatus: string
  /** When it begins. */
  from?: string
  /** When it ends. */
  to?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
}

/** r" Coupons of a shop. */
export interface CouponListing {
  /** What could be read. */
  items: Array<Coupon>
  /** How many records of this part could not be read. */
  unreadable: number
  /** `cursor` of the next part; absent at the end. */
  nextCursor?: string
}

/** Figures of one day. */
export interface DayFigures {
  /** The day in China, as `2026-11-27`. */
  day: string
  /** What happened on it. */
  figures: Figures
  /** The platform counts a day once it is over: what it says of a day is known on the next one. */
  nextDay: boolean
}

/** How many orders of a shop may still be opened. */
export interface DecryptBudget {
  /** A day, which is Beijing's. */
  perDay: number
  /** Of those, today. */
  left: number
  /** When the next day begins. */
  resetsAt: string
}

/** What was opened. */
export interface Decrypted {
  /** The orders, as they were asked for. */
  orders: Array<DecryptedOrder>
  /** What is left for today. */
  budget: DecryptBudget
}

/** An order's buyer data in plain text. Keep it out of logs and databases. */
export interface DecryptedOrder {
  /** The platform's id of the order. */
  platformOrderId: string
  /** The receiver's name. */
  name?: string
  /** The receiver's phone number. */
  phone?: string
  /** The street address below the street's name. */
  detail?: string
  /** Whether the phone number is a temporary one of the platform's. */
  phoneIsVirtual: boolean
  /** Until when a temporary number works. */
  phoneValidUntil?: string
  /** What could not be opened. */
  failures: Array<DecryptFailure>
}

/** Why a part of an order could not be opened. */
export interface DecryptFailure {
  /** Which part; all that were asked for when absent. */
  field?: BuyerPart
  /** The code of the error. */
  code: ErrorCode
  /** The platform's code. */
  platformCode?: string
  /** What it means and what to do. */
  message: string
}

/** A choice of a SKU. */
export interface DraftOption {
  /** What is chosen, such as 颜色. */
  name: string
  /** The choice, such as 黑. */
  value: string
}

/** Addresses that differ from the platform's own. */
export interface Endpoints {
  /** Base URL of the API. */
  api?: string
  /** URL of the page where a merchant authorises. */
  authorize?: string
  /** Base URL of the token calls, on platforms where it is not the API's (JD). */
  token?: string
  /** Base URL of uploads, on platforms where it is not the API's (Pinduoduo). */
  upload?: string
}

/** The end of an authorisation that only a person can renew. */
export interface ExpiryReport {
  /** So many days are left, or fewer: 30, 14, 7, 3 or 1. */
  days: number
  /** The end. */
  expiresAt: string
  /** Whether tokens are renewed until then. */
  canRefresh: boolean
}

/** A product as the platform describes it. */
export interface FetchedProduct {
  /** The platform's id. */
  platformProductId: string
  /** Its title. */
  name: string
  /** Where it stands. */
  status: ProductStatus
  /** The platform's own status values, unchanged. */
  platformStatus: string
  /** The merchant's own id. */
  outerId?: string
  /** The platform's id of its leaf category. */
  categoryId?: string
  /** Its description; HTML or a list of images. Never render it unescaped. */
  description?: string
  /** URLs of its main images. */
  images: Array<string>
  /** When the platform says it was created. */
  platformCreatedAt?: string
  /** When the platform says it last changed. */
  platformUpdatedAt?: string
  /** Further fields of the platform as JSON text, unchanged. */
  extraJson?: string
  /** Its SKUs. */
  skus: Array<FetchedSku>
}

/** A SKU as the platform describes it. */
export interface FetchedSku {
  /** The platform's id. */
  platformSkuId: string
  /** The merchant's own id. */
  outerId?: string
  /** The merchant's code. */
  code?: string
  /** Its price in fen. */
  priceFen: number
  /** What can be sold. */
  stock: number
  /** Names of its options, such as 黑 and M. */
  specs: Array<string>
  /** Further fields of the platform as JSON text, unchanged. */
  extraJson?: string
}

/** Figures. Absent is what the platform does not tell. */
export interface Figures {
  /** How often it was played or shown. */
  plays?: number
  /** Likes. */
  likes?: number
  /** Comments. */
  comments?: number
  /** How often it was shared. */
  shares?: number
  /** How often it was forwarded. */
  forwards?: number
  /** How often it was downloaded. */
  downloads?: number
  /** How often a link was followed. No platform that we know tells it. */
  clicks?: number
  /** Paid orders of a link's placement since it was made. */
  orders?: number
  /** What they earned, in fen. */
  commissionFen?: number
}

/** A call that went well. */
export interface GoodCall {
  /** When. */
  at: string
  /** The platform's method. */
  api: string
}

/** The coupon of goods found for a link. */
export interface GoodsCoupon {
  /** What it takes off, in fen. */
  faceValueFen: number
  /** From which amount on, in fen. */
  thresholdFen?: number
  /** When it begins. */
  from?: string
  /** When it ends. */
  to?: string
}

/** How a hub is. */
export interface Health {
  /** Version of this library. */
  version: string
  /** Version of the SQLite inside it. */
  sqliteVersion: string
  /** Whether this process runs the background work. */
  isLeader: boolean
  /** Runs under way; at most 500 are counted. */
  openRuns: number
  /** Shops. */
  shops: number
  /** Shops that a person must authorise again. */
  shopsToReauthorize: number
  /** How often a background task died of a panic and was started again. Worth a report when it is not 0. */
  restartedTasks: number
}

/** A job. */
export interface Job {
  /** Its id, growing. */
  id: string
  /** What it does. */
  kind: JobKind
  /** The shop it is about. */
  shopId?: string
  /** What goes first. */
  lane: Lane
  /** Where it stands. */
  state: JobState
  /** How often it was started. Waiting for a limit, and being stopped, do not count. */
  attempt: number
  /** How often it is tried. */
  maxAttempts: number
  /** When it is due, or was. */
  dueAt: string
  /** How far it is, in words. */
  progress?: string
  /** The code of the error that it met last. */
  errorCode?: ErrorCode
  /** What the error said. */
  message?: string
  /** Who queued it. */
  actor: string
  /** When it was queued. */
  createdAt: string
  /** When it was last started. */
  startedAt?: string
  /** When it last changed. */
  updatedAt: string
  /** When it ended. */
  finishedAt?: string
}

/** Jobs, and where the next page starts; `nextCursor` is absent at the end. */
export interface JobPage {
  /** The jobs. */
  items: Array<Job>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** What a change of the master key did. */
export interface KeyRotation {
  /** Id of the key that alone opens the database now. */
  keyId: string
  /** Ids of the keys it took the place of. */
  superseded: Array<string>
  /** Values sealed anew by this call. */
  resealed: number
  /** Values that no key opens. They were left as they are. */
  unreadable: number
}

/** How far a change of the master key is. */
export interface KeyRotationProgress {
  /**
   * Sealed values looked at. They are looked at a second time when another process had to turn to the new
   * key first.
   */
  looked: number
  /** How many there are. */
  total: number
  /** Values sealed anew so far. */
  resealed: number
}

/** How fast this process calls now. */
export interface LimitReport {
  /** Of the app or of the shop. */
  layer: 'app' | 'shop'
  /** Calls a second now. */
  perSecond: number
  /** Calls a second by quota. */
  quota: number
  /** Whether the platform's refusals lowered it. */
  isLowered: boolean
  /** Calls that could start at once, at the least; one more may start each 1/`perSecond` seconds. */
  permits: number
}

/** Goods for which a link may be made. */
export interface LinkGoods {
  /** The platform's id in its promotion program, which need not be the product's id. */
  platformGoodsId: string
  /** Give it to `createLinks`. Absent where nothing can be promoted. */
  target?: string
  /** Their name. */
  name: string
  /** Their price, in fen. */
  priceFen?: number
  /** The commission in basis points of the price: 1234 are 12.34 %. */
  commissionBp?: number
  /** The coupon that goes with them. */
  coupon?: GoodsCoupon
  /** URL of a picture. */
  image?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
}

/** r" Goods for links. */
export interface LinkGoodsListing {
  /** What could be read. */
  items: Array<LinkGoods>
  /** How many records of this part could not be read. */
  unreadable: number
  /** `cursor` of the next part; absent at the end. */
  nextCursor?: string
}

/** An order that a link brought. */
export interface LinkOrder {
  /** The platform's id of the order, or of its line where each has a commission of its own. */
  platformOrderId: string
  /** The platform's id of the goods. */
  platformGoodsId?: string
  /** The promoter's place that it is counted for, in the form in which links are made for it. */
  placement?: string
  /** What the commission is counted from, in fen. */
  amountFen?: number
  /** The commission, in fen: an estimate until it is settled. */
  commissionFen?: number
  /** Where it stands. */
  status: LinkOrderStatus
  /** The platform's own status value. */
  platformStatus: string
  /** When it was ordered. */
  orderedAt?: string
  /** When it was paid. */
  paidAt?: string
  /** When the commission was settled. */
  settledAt?: string
  /** When it last changed. */
  updatedAt?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
}

/** r" Orders of links. */
export interface LinkOrderListing {
  /** What could be read. */
  items: Array<LinkOrder>
  /** How many records of this part could not be read. */
  unreadable: number
  /** `cursor` of the next part; absent at the end. */
  nextCursor?: string
}

/** A product that was published, or is being published. */
export interface Listing {
  /** Our id. */
  id: string
  /** The shop. */
  shopId: string
  /** The merchant's own id. */
  outerId: string
  /** Counts the drafts of this outer id, from 1. */
  version: number
  /** What is published. */
  draft: PublishedDraft
  /** The change that publishes it. */
  changeId: string
  /** The platform's id of the product, once it is known. */
  platformProductId?: string
  /** Where it stands. */
  status: ListingStatus
  /** The platform's own status values, unchanged. */
  platformStatus?: string
  /** Why it was refused, in the platform's words. */
  reason?: string
  /** When the platform was last asked. */
  checkedAt?: string
  /** When it was made. */
  createdAt: string
  /** When it last changed. */
  updatedAt: string
}

/** Listings, and where the next page starts; `nextCursor` is absent at the end. */
export interface ListingPage {
  /** The listings. */
  items: Array<Listing>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** A broadcast to come. */
export interface LivePlan {
  /** When it starts. */
  startsAt: string
  /** When it is over. */
  endsAt: string
  /** Where, in words for readers. */
  room?: string
}

/** What a file was held against, and what is wrong with it. */
export interface MediaCheck {
  /** The file. */
  mediaId: string
  /** The platform. */
  platform: PlatformId
  /** The slot. */
  slot: MediaSlot
  /** The rules that it breaks; empty when it can be used. */
  problems: Array<MediaProblem>
}

/** An image or a video. What cannot be read from the file is absent. */
export interface MediaFile {
  /** Its id; the same content has the same. */
  id: string
  /** What it is. */
  kind: MediaKind
  /** Its media type, such as `image/jpeg`, by its content. */
  contentType: string
  /** Its size. */
  bytes: number
  /** SHA-256 of its content, in hex. */
  sha256: string
  /** Width in pixels as it is shown. */
  width?: number
  /** Height in pixels as it is shown. */
  height?: number
  /** How long a video is. */
  durationMs?: number
  /** How a video is coded: `h264`, `h265`, `av1`, `vp8`, `vp9` or the file's own word. */
  codec?: string
  /** Whether an image carries data of its camera, such as a place. `fit` leaves it out. */
  hasMetadata: boolean
  /** The name it was first added under. */
  fileName?: string
  /** The media file that it was made from to fit. */
  madeFrom?: string
  /** Who added it. */
  actor: string
  /** When it was added. */
  createdAt: string
}

/** Media files, and where the next page starts; `nextCursor` is absent at the end. */
export interface MediaPage {
  /** The media files. */
  items: Array<MediaFile>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** A rule that a file breaks. */
export interface MediaProblem {
  /** Which one. */
  rule: MediaRule
  /** What is wrong, with the numbers. */
  message: string
  /** What to do. */
  fix: string
  /** Whether `fit` does it. */
  canFit: boolean
}

/** What to answer. */
export interface NoticeReply {
  /** The HTTP status: 200, or 401 for a push that is not genuine. */
  status: number
  /** The body: JSON text. */
  body: string
}

/** Changes of a shop that have not ended, in one state. */
export interface OpenChanges {
  /** Where they are. */
  state: ChangeState
  /** How many. */
  count: number
  /** When the oldest of them was asked for. */
  oldestAt: string
}

/** A stored order. */
export interface Order {
  /** Our id. */
  id: string
  /** The shop. */
  shopId: string
  /** The platform's id. */
  platformOrderId: string
  /** Where it stands. */
  status: OrderStatus
  /** The platform's own status value. */
  platformStatus: string
  /** The platform's own type of order. */
  orderType?: string
  /** Total before discounts, with postage, in fen. */
  orderAmountFen?: number
  /** What the buyer pays, in fen. */
  payAmountFen?: number
  /** Postage in fen. */
  postAmountFen?: number
  /** All discounts together, in fen. */
  promotionAmountFen?: number
  /** The platform's own way of payment. */
  payType?: string
  /** What the buyer wrote. */
  buyerWords?: string
  /** What the seller noted. */
  sellerWords?: string
  /** The seller's stars, 0 to 5. */
  sellerStars?: number
  /** The buyer's id for this app. */
  buyerOpenId?: string
  /** Where it goes. */
  receiver: Receiver
  /** Parcels. */
  packages: Array<Package>
  /** Lines. */
  items: Array<OrderItem>
  /** When it was placed. */
  platformCreatedAt: string
  /** When it last changed on the platform. */
  platformUpdatedAt: string
  /** When it was paid. */
  paidAt?: string
  /** When it was shipped. */
  shippedAt?: string
  /** When it was finished. */
  finishedAt?: string
  /** By when it must be shipped. */
  shipBy?: string
  /** By when it must be paid. */
  payBy?: string
  /** When the row was last confirmed. */
  syncedAt: string
}

/** One line of an order. */
export interface OrderItem {
  /** The platform's id of the line. */
  platformItemId: string
  /** The platform's id of the product. */
  platformProductId?: string
  /** The platform's id of the SKU. */
  platformSkuId?: string
  /** The merchant's own id of the SKU. */
  outerSkuId?: string
  /** The merchant's code. */
  code?: string
  /** The product's title at the time of the order. */
  name?: string
  /** How many. */
  quantity: number
  /** Price of one before discounts, in fen. */
  originPriceFen?: number
  /** The line before discounts, in fen. */
  sumAmountFen?: number
  /** What the buyer paid for the line, in fen. */
  payAmountFen?: number
  /** Where the line stands. */
  status: OrderStatus
  /** The platform's own status value. */
  platformStatus: string
  /** The platform's own after-sale status value. */
  afterSaleStatus?: string
  /** The platform's own refund status value. */
  refundStatus?: string
}

/** Orders, and where the next page starts; `nextCursor` is absent at the end. */
export interface OrderPage {
  /** The orders. */
  items: Array<Order>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** One parcel of an order. */
export interface Package {
  /** Tracking number. */
  trackingNo: string
  /** The carrier's code. */
  company?: string
  /** The platform's id of the parcel. */
  deliveryId?: string
  /** When it was shipped. */
  shippedAt?: string
}

/** An authorisation that arrived without our request. */
export interface PendingGrant {
  /** Its id, for `adopt`. */
  id: string
  /** The app it is for. */
  appId: string
  /** The platform. */
  platform: PlatformId
  /** The platform's id of the shop. */
  platformShopId: string
  /** The shop's name. */
  name: string
  /** When it arrived. */
  createdAt: string
  /** When it is dropped. */
  expiresAt: string
}

/** The authorisation arrived without our request and waits for adoption. */
export interface PendingOAuth {
  /** Tells it from a connected one. */
  state: 'pending'
  /** What waits. */
  pending: PendingGrant
}

/** An error that the platform answered with. */
export interface PlatformError {
  /** When. */
  at: string
  /** The platform's method. */
  api: string
  /** Our code of it. */
  code: ErrorCode
  /** The platform's code. */
  platformCode?: string
  /** The platform's id of the request: its support asks for it. */
  requestId?: string
  /** What it means. */
  message: string
}

/** A platform. */
export interface PlatformInfo {
  /** Its id. */
  id: PlatformId
  /** Its name for people. */
  name: string
  /** The operations it offers, such as `orders.sync`. */
  capabilities: Array<string>
  /** What an app on it needs, for a settings page. */
  fields: Array<AppField>
}

/** A stored product. */
export interface Product {
  /** Our id. */
  id: string
  /** The shop. */
  shopId: string
  /** The platform's id. */
  platformProductId: string
  /** Its title. */
  name: string
  /** Where it stands. */
  status: ProductStatus
  /** The platform's own status values, unchanged. */
  platformStatus: string
  /** The merchant's own id. */
  outerId?: string
  /** The platform's id of its leaf category. */
  categoryId?: string
  /** Its description; HTML or a list of images. Never render it unescaped. */
  description?: string
  /** URLs of its main images. */
  images: Array<string>
  /** When the platform says it was created. */
  platformCreatedAt?: string
  /** When the platform says it last changed. */
  platformUpdatedAt?: string
  /** Further fields of the platform as JSON text, unchanged. */
  extraJson?: string
  /** The lowest SKU price in fen; absent until the SKUs are synced. */
  priceFen?: number
  /** The sum of SKU stocks; absent until the SKUs are synced. */
  stock?: number
  /** When the SKUs were last read. */
  skusSyncedAt?: string
  /** When the row was last confirmed. */
  syncedAt: string
  /** The SKUs; empty in lists. */
  skus: Array<Sku>
}

/** Products, and where the next page starts; `nextCursor` is absent at the end. */
export interface ProductPage {
  /** The products. */
  items: Array<Product>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** The numbers of a run. */
export interface Progress {
  /** Records of the list stage read so far. */
  listed: number
  /** How many the list stage will read, as far as the platform has said. */
  listTotal?: number
  /** Details read so far. */
  detailed: number
  /** How many details there are to read. */
  detailTotal?: number
  /** Rows that were new or changed. */
  written: number
  /** Records that were as we had them. */
  unchanged: number
  /** Records that could not be read and were kept aside. */
  quarantined: number
  /** Calls to the platform, with repeated ones. */
  calls: number
}

/** Content that is published. */
export interface Promotion {
  /** Our id. */
  id: string
  /** The shop or content account. */
  shopId: string
  /** What is published. */
  draft: PromotionContent
  /** Counts the drafts of this promotion, from 1. An approval is for one version. */
  version: number
  /** Where it stands. */
  status: PromotionStatus
  /** Why it stands there, in words. */
  reason?: string
  /** What was said to this version. */
  approval?: PromotionApproval
  /** When it is to be published; as soon as it is approved when absent. */
  publishAt?: string
  /** When its state has lasted too long: the event `promotion.overdue` tells then. */
  deadlineAt?: string
  /** The change that publishes it, where it is published by us. */
  changeId?: string
  /** The platform's id of what it became. */
  platformPromotionId?: string
  /** Where people find it, or the link that was made. */
  link?: string
  /** The platform's own status, unchanged. */
  platformStatus?: string
  /** When the platform was last asked. */
  checkedAt?: string
  /** Who made it. */
  createdBy: string
  /** When it was made. */
  createdAt: string
  /** When it last changed. */
  updatedAt: string
}

/** What somebody said to a version. */
export interface PromotionApproval {
  /** What was said. */
  decision: Decision
  /** By whom. */
  actor: string
  /** Why. */
  comment?: string
  /** When. */
  at: string
}

/** What a promotion says. */
export interface PromotionContent {
  /** What it is. */
  kind: PromotionKind
  /** Its name. */
  title: string
  /** What readers see. */
  text: string
  /** Its files: ids of `hub.media`. */
  media: Array<string>
  /** The picture that stands for a video. */
  cover?: string
  /** How it gets to the platform. */
  delivery: Delivery
  /** Public addresses of its files, for a share link. */
  mediaUrls: Array<string>
  /** What it promotes. */
  target?: string
  /** The broadcast that a live preview tells of. */
  live?: LivePlan
  /** The platform's own fields as JSON text. */
  attributesJson: string
}

/** A link that earns a commission, in the forms that the platform gives. */
export interface PromotionLink {
  /** A web page. */
  url?: string
  /** The same, shorter. */
  shortUrl?: string
  /** Opens the platform's app. */
  appUrl?: string
  /** Id of the mini-app that shows it. */
  miniAppId?: string
  /** Its page in the mini-app. */
  miniAppPath?: string
  /** Text that the platform's app understands when it is copied (淘口令). */
  password?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
}

/** The broadcast of a live preview starts now, or is over. */
export interface PromotionLive {
  /** The live preview. */
  promotion: Promotion
  /** How far the broadcast is by the clock; whether somebody is on air, no platform tells. */
  state: LiveState
}

/** What is known of a promotion's effect. */
export interface PromotionMetrics {
  /** Since it was published, as far as it was last asked. */
  total: Figures
  /** When the total was asked for. */
  totalAt?: string
  /** Day by day, oldest first. */
  days: Array<DayFigures>
}

/** Promotions, and where the next page starts; `nextCursor` is absent at the end. */
export interface PromotionPage {
  /** The promotions. */
  items: Array<Promotion>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** One line of what happened to a promotion. */
export interface PromotionStep {
  /** When. */
  at: string
  /** Which version. */
  version: number
  /** Where it stood from then on. */
  status: PromotionStatus
  /** Who did it: an actor, or `system`. */
  actor: string
  /** What was said. */
  comment?: string
}

/** A value that can be chosen. */
export interface PropertyOption {
  /** The platform's id. */
  id: string
  /** Its name for people. */
  name: string
}

/** One property that a category asks for. */
export interface PropertyRule {
  /** The platform's id: the key in `attributes.properties`. */
  id: string
  /** Its name for people. */
  name: string
  /** Whether a product cannot be published without it. */
  required: boolean
  /** Whether it tells SKUs apart; such a one is given as an option of each SKU. */
  isSku: boolean
  /** What it takes. */
  input: PropertyInput
  /** What can be chosen; empty where any text is taken. */
  options: Array<PropertyOption>
  /** How many values it takes, where the platform says it. */
  maxValues?: number
  /** How many characters a text may have, where the platform says it. */
  maxLength?: number
}

/** A draft as it was published; its images are at addresses. */
export interface PublishedDraft {
  /** The title. */
  title: string
  /** The platform's id of the leaf category. */
  categoryId: string
  /** Addresses of the main images. */
  images: Array<string>
  /** Addresses of the images of the description. */
  detailImages: Array<string>
  /** Text of the description. */
  description?: string
  /** What can be bought. */
  skus: Array<PublishedSku>
  /** The attributes as JSON text. */
  attributesJson: string
}

/** A SKU of a draft. */
export interface PublishedSku {
  /** The merchant's own id. */
  outerId?: string
  /** The price in fen. */
  priceFen: number
  /** How many there are. */
  stock: number
  /** Its options. */
  options: Array<DraftOption>
  /** Address of its image. */
  image?: string
  /** Its attributes as JSON text. */
  attributesJson?: string
}

/** What a write answers. An unknown outcome is no error: it is settled by itself. */
export interface Receipt {
  /** The change; `changes.get` tells how it goes on. */
  changeId: string
  /** Where it stood when the promise was settled. */
  state: ChangeState
}

/** Where an order goes. */
export interface Receiver {
  /** Name. */
  name: BuyerField
  /** Phone number. */
  phone: BuyerField
  /** Street address below the street's name. */
  detail: BuyerField
  /** Province. */
  province?: string
  /** City. */
  city?: string
  /** District. */
  town?: string
  /** Street. */
  street?: string
}

/** A stored refund. */
export interface Refund {
  /** Our id. */
  id: string
  /** The shop. */
  shopId: string
  /** The platform's id. */
  platformRefundId: string
  /** The platform's id of the order. */
  platformOrderId: string
  /** The platform's id of the order's line, where the case is about one. */
  platformItemId?: string
  /** What the buyer asks for. */
  kind: RefundKind
  /** The platform's own kind. */
  platformKind: string
  /** Where it stands. */
  status: RefundStatus
  /** The platform's own status value. */
  platformStatus: string
  /** What the buyer gets back, in fen. */
  refundAmountFen?: number
  /** How many pieces it is about. */
  quantity?: number
  /** The platform's id of the product. */
  platformProductId?: string
  /** The platform's id of the SKU. */
  platformSkuId?: string
  /** Why, in the buyer's choice of the platform's words. */
  reason?: string
  /** What the buyer wrote. */
  buyerWords?: string
  /** Tracking number of the goods on their way back. */
  returnTrackingNo?: string
  /** Their carrier, in the platform's word. */
  returnCompany?: string
  /** When it was asked for. */
  platformCreatedAt: string
  /** When it last changed on the platform. */
  platformUpdatedAt: string
  /** By when the next step has to be taken. */
  deadlineAt?: string
  /** Further fields of the platform as the text of a JSON object, unchanged. */
  extra?: string
  /** When the row was last confirmed. */
  syncedAt: string
}

/** Refunds, and where the next page starts; `nextCursor` is absent at the end. */
export interface RefundPage {
  /** The refunds. */
  items: Array<Refund>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** A restored backup. */
export interface Restored {
  /** Where the database is, in full. */
  database: string
  /** Its size. */
  bytes: number
  /** When the backup was begun: what was done since is not in it. */
  takenAt: string
  /** Where the database is kept that was there before. */
  keptAs?: string
  /** Changes that were open in the backup: none of them is sent by itself, each waits for a person. */
  heldChanges: number
}

/** One row of the rights. */
export interface RightEntry {
  /** `role:NAME` or `user:ID`. */
  subject: string
  /** What it may do. */
  right: Right
  /** For this shop only; for all when absent. */
  shopId?: string
}

/** One execution of a sync. */
export interface Run {
  /** Its id. */
  id: string
  /** The shop. */
  shopId: string
  /** What it syncs. */
  kind: RunKind
  /** How much it reads. */
  mode: RunMode
  /** Of a backfill: where the stretch that it reads starts. */
  since?: string
  /** Of a backfill: where it ends. */
  until?: string
  /** Where it stands. */
  state: RunState
  /** What it is doing. */
  stage?: RunStage
  /** Its numbers. */
  progress: Progress
  /** The code of the error that ended it. */
  errorCode?: ErrorCode
  /** What the error said. */
  errorMessage?: string
  /** Who started it. */
  actor: string
  /** When it started. */
  startedAt: string
  /** When its numbers last changed. */
  updatedAt: string
  /** When it ended. */
  finishedAt?: string
}

/** Runs, and where the next page starts; `nextCursor` is absent at the end. */
export interface RunPage {
  /** The runs. */
  items: Array<Run>
  /** `cursor` of the next page. */
  nextCursor?: string
}

/** What is queued by the clock. */
export interface Schedule {
  /** Its name. */
  name: string
  /** What is queued. */
  kind: JobKind
  /** When: five fields of cron. */
  cron: string
  /** In which time zone. */
  zone: string
  /** Over how many milliseconds the shops are spread, so that not all are due in the same second. */
  spreadMs: number
  /** What happens to times that passed while no process was here. */
  catchUp: CatchUp
  /** Whether it queues anything. */
  enabled: boolean
  /** When it is due next; absent until it was looked at. */
  nextAt?: string
  /** When it last queued something. */
  lastAt?: string
}

/** One authorised account of an app. */
export interface Shop {
  /** Our id. */
  id: string
  /** The app it is authorised for. */
  appId: string
  /** The platform. */
  platform: PlatformId
  /** The platform's id of the shop. */
  platformShopId: string
  /** Its name. */
  name: string
  /** Store or content account. */
  kind: ShopKind
  /** The platform's own word for the type of shop. */
  shopType?: string
  /** Whether we work for it. */
  status: ShopStatus
  /** The store that a content account belongs to. */
  boundShopId?: string
  /** What is known of its tokens. */
  authorization?: Authorization
  /** When a sync last finished. */
  lastSyncedAt?: string
  /** When it was first connected. */
  createdAt: string
  /** When its row last changed. */
  updatedAt: string
}

/** How much is stored of a shop. */
export interface ShopCounts {
  /** Products. */
  products: number
  /** SKUs. */
  skus: number
  /** Orders. */
  orders: number
  /** Refunds. */
  refunds: number
  /** Records that could not be read and were kept aside. */
  quarantined: number
}

/** A shop's authorisation ends soon, and only a person can move its end. */
export interface ShopExpiring {
  /** The shop. */
  shopId: string
  /** So many days ahead, or fewer: 30, 14, 7, 3 or 1. */
  days: number
  /** The end. */
  expiresAt: string
  /** Whether tokens are renewed until then. */
  canRefresh: boolean
}

/** Why a shop works or does not. Holds no secret and no buyer data. */
export interface ShopExplanation {
  /** The shop, with what is known of its tokens. */
  shop: Shop
  /** When the tokens will be renewed, or are tried again. */
  nextRefreshAt?: string
  /** When its authorisation ends that only a person can renew, once that is near. */
  expiry?: ExpiryReport
  /** The last good call, at most 30 seconds behind. */
  lastGoodCall?: GoodCall
  /** The last error with a code of the platform. */
  lastError?: PlatformError
  /** How fast it is called; empty before its first call in this process. */
  limits: Array<LimitReport>
  /** Calls that may start at once beside those under way. */
  freeSlots?: number
  /** How far it is read. */
  syncs: Array<SyncReport>
  /** Its changes of the platform that have not ended, by state. */
  openChanges: Array<OpenChanges>
  /** What to do. */
  nextAction: NextAction
  /** The same in a sentence. */
  advice: string
}

/** A shop's authorisation ended; a person must authorise it again. */
export interface ShopReauthorize {
  /** The shop. */
  shopId: string
  /** Why, in a sentence. */
  reason: string
}

/** A stored SKU. */
export interface Sku {
  /** Our id. */
  id: string
  /** The platform's id. */
  platformSkuId: string
  /** The merchant's own id. */
  outerId?: string
  /** The merchant's code. */
  code?: string
  /** Its price in fen. */
  priceFen: number
  /** What can be sold. */
  stock: number
  /** Names of its options, such as 黑 and M. */
  specs: Array<string>
  /** Further fields of the platform as JSON text, unchanged. */
  extraJson?: string
}

/** How far one kind of record is read. */
export interface SyncReport {
  /** Of what. */
  kind: RunKind
  /** Up to where changes were planned; absent before the first sync. */
  frontier?: string
  /** How far that is behind now. */
  lagMs?: number
  /** Where the oldest window starts that is still to be read. */
  oldestOpen?: string
  /** Windows still to be read, without those of backfills. */
  openWindows: number
  /** When a run last ended well. */
  lastFinishedAt?: string
}

/** When a level of permission ends. */
export interface TierEnd {
  /** Which: reading (r) or writing (w), ordinary (1) or sensitive data (2). */
  tier: Tier
  /** When it ends. */
  endsAt: string
}
