// The words of the API, in Chinese, with the mood of their badge. A word this page does not know is shown as it is.
import { element } from './dom.js'

export const ORDER_STATUS = {
  unpaid: ['待付款', 'warn'], paid: ['已付款', 'busy'], to_ship: ['待发货', 'busy'], part_shipped: ['部分发货', 'busy'],
  shipped: ['已发货', 'good'], completed: ['已完成', 'good'], cancelled: ['已取消', ''], unknown: ['未知', 'warn']
}

export const PRODUCT_STATUS = {
  on_sale: ['在售', 'good'], off_sale: ['已下架', ''], draft: ['草稿', ''], under_review: ['审核中', 'busy'], scheduled: ['待上架', 'busy'],
  rejected: ['已驳回', 'bad'], banned: ['已封禁', 'bad'], deleted: ['已删除', ''], unknown: ['未知', 'warn']
}

export const SHOP_STATUS = { active: ['正常', 'good'], disabled: ['已停用', ''], reauthorize: ['需要重新授权', 'bad'] }

export const RUN_STATE = {
  running: ['进行中', 'busy'], done: ['完成', 'good'], failed: ['失败', 'bad'], cancelled: ['已取消', ''], interrupted: ['中断', 'warn']
}

export const PROMOTION_STATUS = {
  draft: ['草稿', ''], in_approval: ['待审批', 'warn'], scheduled: ['已排期', 'busy'], queued: ['排队中', 'busy'], uploading: ['上传中', 'busy'],
  submitting: ['提交中', 'busy'], unknown: ['结果未知', 'warn'], needs_human: ['需要人工确认', 'bad'], waiting_for_user: ['等待手机发布', 'warn'],
  under_review: ['平台审核中', 'busy'], published: ['已发布', 'good'], rejected: ['平台驳回', 'bad'], failed: ['失败', 'bad'],
  cancelled: ['已取消', ''], expired: ['已过期', ''], taken_down: ['已下架', 'bad']
}

export const PROMOTION_KIND = { video: '视频', image_text: '图文', live_preview: '直播预告', shop_video: '店铺视频', promotion_link: '推广链接' }
export const DECISION = { approved: '批准', rejected: '驳回' }
export const LIVE_STATE = { upcoming: '未开始', live_time: '直播时间到了', over: '直播时间已过' }
export const RUN_KIND = { products: '商品', orders: '订单' }
export const RUN_MODE = { full: '全量', incremental: '增量' }
export const STAGE = { list: '列表', detail: 'SKU' }
export const PLATFORM = { doudian: '抖店', taobao: '淘宝', jd: '京东', pinduoduo: '拼多多', douyin: '抖音' }

export function badge (words, word) {
  const [label, mood] = words[word] ?? [word, '']
  return element(`span.badge${mood && `.${mood}`}`, {}, label)
}

export function choices (words, all) {
  return [['', all], ...Object.entries(words).map(([word, [label]]) => [word, label])]
}
