//! Which protocol is spoken.

use super::words::words;

words! {
    /// A protocol we speak.
    PlatformId {
        /// 抖店: shops of Douyin.
        Doudian = "doudian",
        /// 抖音: accounts that post content.
        Douyin = "douyin",
        /// Taobao and Tmall.
        Taobao = "taobao",
        /// 京东.
        Jd = "jd",
        /// 拼多多.
        Pinduoduo = "pinduoduo",
        /// Exists nowhere; one more, for tests of ours and of our users.
        Fake = "fake" if any(test, feature = "test-util"),
    }
}
