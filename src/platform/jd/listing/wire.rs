//! What the answers about publishing hold, in JD's own words.

#![expect(non_snake_case, reason = "fields have the platform's own names")]

use crate::platform::lenient::wire;

wire! {
    /// An attribute of a category (7).
    CategoryAttr { id, name, attributeType, inputType, isRequired, features, attrValueList }
}

wire! {
    /// A value that can be chosen.
    AttrValue { id, name }
}

wire! {
    /// A mark of an attribute.
    Feature { key, fvalue }
}

wire! {
    /// A ware as the look-up and the review ask for it (8).
    WareSeen { wareId, outerId, created, wareStatus }
}
