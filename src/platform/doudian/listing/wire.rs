//! What the methods of publishing send, in the platform's own words.

use crate::platform::lenient::wire;

wire! {
    /// The answer to `product.addV2` and `product.editV2`.
    PublishedItem { product_id, product_id_str }
}

wire! {
    /// The properties of a category, where they are not a bare array.
    Properties { data }
}

wire! {
    /// A property of `product.getCatePropertyV2`.
    Property {
        property_id, property_name, required, status, r#type, property_type, multi_select_max, diy_type,
        options, measure_templates,
    }
}

wire! {
    /// A value that can be chosen.
    PropertyValue { value_id, value, name }
}

wire! {
    /// A picture, of `material.uploadImageSync` or of `material.queryMaterialDetail`.
    Material { material_id, audit_status, byte_url, audit_reject_desc }
}

wire! {
    /// The answer to `material.queryMaterialDetail`.
    MaterialDetail { material_info }
}

wire! {
    /// A page of `product.listV2`.
    Page { data, total }
}

wire! {
    /// What is looked at to find a product.
    Found { product_id, product_id_str, outer_product_id, create_time }
}

wire! {
    /// A page of `product.auditList`.
    Audits { records }
}

wire! {
    /// A review that has ended.
    Audit { product_id, publish_status, audit_time, audit_reason }
}
