//! What Pinduoduo says around publishing, in its own words.

use crate::platform::lenient::wire;

wire! {
    /// The rules of a category (9.1).
    CatRules { goods_properties_rule }
}

wire! {
    /// Their part about properties.
    PropertiesRule { properties }
}

wire! {
    /// A property that a category knows.
    PropertyItem {
        ref_pid, name, required, required_rule_type, is_sale, is_sku, parent_spec_id, choose_max_num, input_max_num,
        property_value_type, max_value, value_unit, values,
    }
}

wire! {
    /// A value that can be chosen.
    ValueItem { vid, value, spec_id }
}

wire! {
    /// The specifications of a category (9.1).
    SpecList { goods_spec_list }
}

wire! {
    /// One of them.
    SpecItem { parent_spec_id, parent_spec_name }
}

wire! {
    /// The id of one value of a specification.
    SpecId { spec_id }
}

wire! {
    /// A product as it is now (9.2).
    Goods { goods_id, status, outer_goods_id, sku_list }
}

wire! {
    /// A SKU of it.
    GoodsSku { sku_id, price, multi_price, out_sku_sn, weight, thumb_url, sku_property_list, spec }
}

wire! {
    /// A choice of a SKU.
    GoodsSpec { parent_id, parent_name, spec_id, spec_name }
}

wire! {
    /// A page of products, asked for by the merchant's own id.
    GoodsPage { goods_list, total_count }
}

wire! {
    /// A product of it.
    Listed { goods_id, outer_goods_id, created_at, sku_list }
}

wire! {
    /// A SKU of it: the merchant's id of the product stands there too.
    ListedSku { outer_goods_id }
}

wire! {
    /// A page of what was sent for review (9.5).
    CommitPage { list, total }
}

wire! {
    /// One of them.
    Commit { commit_id, goods_id, outer_goods_id, submit_time, check_status, reject_comment }
}

wire! {
    /// One of them alone (9.5).
    CommitDetail { goods_status, commit_message, outer_goods_id }
}
