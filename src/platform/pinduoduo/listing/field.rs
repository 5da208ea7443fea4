//! The platform's own fields of a product (9.3), from the attributes of a draft.

use serde_json::{Map, Value, json};

use super::members;
use crate::error::{Error, Result};
use crate::model::ListingDraft;
use crate::platform::listing::{missing, take_properties};

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number, also as digits in a text.
    Whole,
    /// `true` or `false`. The platform shows such fields as 1 and 0, but takes them so.
    Flag,
    /// Text.
    Text,
    /// Passed on as it is.
    Any,
}

use Kind::{Any, Flag, Text, Whole};

/// Those that are passed on. Beyond the sheet's: the models of the public Rust client open-pdd.
const FIELDS: &[(&str, Kind)] = &[
    ("auto_fill_spu_property", Flag),
    ("bad_fruit_claim", Whole),
    ("buy_limit", Whole),
    ("carousel_video", Any),
    ("carousel_video_url", Text),
    ("cost_template_id", Whole),
    ("country_id", Whole),
    ("customer_num", Whole),
    ("customs", Text),
    ("delivery_one_day", Whole),
    ("delivery_type", Whole),
    ("elec_goods_attributes", Any),
    ("goods_trade_attr", Any),
    ("goods_travel_attr", Any),
    ("goods_type", Whole),
    ("ignore_edit_warn", Flag),
    ("image_url", Text),
    ("invoice_status", Any),
    ("is_customs", Flag),
    ("is_folt", Flag),
    ("is_group_pre_sale", Whole),
    ("is_pre_sale", Flag),
    ("is_refundable", Flag),
    ("is_sku_pre_sale", Whole),
    ("lack_of_weight_claim", Whole),
    ("local_service_id_list", Any),
    ("mai_jia_zi_ti", Text),
    ("market_price", Whole),
    ("order_limit", Whole),
    ("origin_country_id", Whole),
    ("out_source_goods_id", Text),
    ("out_source_type", Whole),
    ("oversea_goods", Any),
    ("oversea_type", Whole),
    ("pre_sale_time", Whole),
    ("privacy_delivery", Whole),
    ("quan_guo_lian_bao", Whole),
    ("second_hand", Flag),
    ("shang_men_an_zhuang", Text),
    ("shipment_limit_second", Whole),
    ("shop_group_id", Whole),
    ("size_spec_id", Whole),
    ("sku_type", Whole),
    ("song_huo_an_zhuang", Text),
    ("song_huo_ru_hu", Text),
    ("tiny_name", Text),
    ("two_pieces_discount", Whole),
    ("warehouse", Text),
    ("warm_tips", Text),
    ("zhi_huan_bu_xiu", Whole),
];

/// Those of an edit alone.
const EDIT_FIELDS: &[(&str, Kind)] = &[("sync_goods_operate", Whole)];

/// What only the merchant can say, and nobody may guess.
const NEEDED: &[(&str, &str)] = &[
    ("cost_template_id", "the id of a freight template (pdd.goods.logistics.template.get lists them)"),
    ("market_price", "the reference price in fen"),
    ("is_refundable", "true or false: whether goods can be sent back within seven days without a reason"),
    ("is_folt", "true or false: whether a fake is paid back tenfold"),
    ("second_hand", "true or false: whether the goods are used"),
];

/// The platform's own fields, and the category's properties.
pub(super) struct Given {
    pub(super) fields: Map<String, Value>,
    pub(super) properties: Map<String, Value>,
}

/// Reads a draft's attributes.
///
/// # Errors
/// `INVALID_REQUEST` with everything that is missing, unknown, or of another kind.
pub(super) fn of(draft: &ListingDraft, is_edit: bool) -> Result<Given> {
    let mut given = members("attributes", &draft.attributes)?;
    let properties = take_properties(&mut given)?;
    let known = if is_edit { [FIELDS, EDIT_FIELDS].concat() } else { FIELDS.to_vec() };
    let mut problems = Vec::new();
    let mut fields = checked("attributes", given, &known, &mut problems);
    fill(&mut fields);
    problems.extend(needed(&fields));
    match problems.is_empty() {
        true => Ok(Given { fields, properties }),
        false => Err(Error::invalid(problems.join("; "))),
    }
}

/// The known ones among these, numbers as numbers.
pub(super) fn checked(
    of: &str,
    given: Map<String, Value>,
    known: &[(&str, Kind)],
    problems: &mut Vec<String>,
) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in given {
        let Some((_, kind)) = known.iter().find(|(field, _)| *field == name) else {
            let names: Vec<_> = known.iter().map(|(field, _)| *field).collect();
            problems.push(format!("`{of}.{name}` is not known (known: properties, {})", names.join(", ")));
            continue;
        };
        match fitting(*kind, value) {
            Ok(value) => drop(fields.insert(name, value)),
            Err(what) => problems.push(format!("`{of}.{name}` must be {what}")),
        }
    }
    fields
}

fn fitting(kind: Kind, value: Value) -> Result<Value, &'static str> {
    match (kind, value) {
        (Any, value) => Ok(value),
        (Flag, value @ Value::Bool(_)) | (Text, value @ Value::String(_)) => Ok(value),
        (Whole, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.into()),
        (Whole, Value::String(text)) => text.parse::<u64>().map(Value::from).map_err(|_| "a whole number"),
        (Whole, _) => Err("a whole number"),
        (Flag, _) => Err("true or false"),
        (Text, _) => Err("a text"),
    }
}

/// What goes without saying: an ordinary product of this country, not sold before it is there.
fn fill(fields: &mut Map<String, Value>) {
    fields.entry("goods_type").or_insert(json!(1));
    if !is_imported(fields) {
        fields.entry("country_id").or_insert(json!(0));
    }
    fields.entry("is_pre_sale").or_insert(json!(false));
}

fn needed(fields: &Map<String, Value>) -> Vec<String> {
    let mut needed = NEEDED.to_vec();
    if is_imported(fields) {
        needed.push(("country_id", "where the goods come from (pdd.goods.country.get lists countries)"));
    }
    needed.push(match fields.get("is_pre_sale") {
        Some(Value::Bool(true)) => {
            ("pre_sale_time", "when orders are shipped: seconds since 1970, at 23:59:59 of a day")
        }
        _ => ("shipment_limit_second", "within how many seconds orders are shipped, such as 172800 or 86400"),
    });
    let absent = needed.iter().filter(|(name, _)| !fields.contains_key(*name));
    absent.map(|(name, what)| missing(name, what).message().to_owned()).collect()
}

fn is_imported(fields: &Map<String, Value>) -> bool {
    matches!(fields.get("goods_type").and_then(Value::as_u64), Some(2 | 3))
}
