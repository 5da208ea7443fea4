//! Which protocol is spoken.

use super::words::words;

words! {
    /// A protocol we speak.
    PlatformId {
        /// 抖店: shops of Douyin.
        Doudian = "doudian",
        /// Taobao and Tmall.
        Taobao = "taobao",
        /// 京东.
        Jd = "jd",
        /// 拼多多.
        Pinduoduo = "pinduoduo",
        /// Exists nowhere; the fifth one, for tests of ours and of our users.
        Fake = "fake" if any(test, feature = "test-util"),
    }
}
