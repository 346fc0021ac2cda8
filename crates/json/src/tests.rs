use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn mended_tree(raw: &[u8]) -> Value {
    serde_json::from_str(&mended(raw).text).expect("mended JSON is JSON")
}

/// What public reports show of texts: serde-rs/json#827, jenkinsci/azure-ad-plugin#167 and
/// node-fetch/node-fetch#1853 (half an emoji), VictoriaMetrics/VictoriaLogs#1780 and
/// nlohmann/json#551 (bytes that are no UTF-8: one of them costs the whole answer).
#[rstest]
#[case::high_half(br#""Anna \ud83d""#, "Anna \u{fffd}")]
#[case::low_half(br#""\udc00Anna""#, "\u{fffd}Anna")]
#[case::wrong_order(br#""\udc00\ud83d""#, "\u{fffd}\u{fffd}")]
#[case::half_before_another_escape(br#""\ud83d\u00fc""#, "\u{fffd}\u{fc}")]
#[case::half_at_the_end_of_all(br#""\ud83"#, "\u{fffd}d83")]
#[case::whole(br#""\ud83d\ude00""#, "\u{1f600}")]
#[case::latin(b"\"J\xfcrgen\"", "J\u{fffd}rgen")]
#[case::cut_in_a_character(b"\"J\xc3\"", "J\u{fffd}")]
#[case::surrogate_in_utf8(b"\"\xed\xa0\xbd\"", "\u{fffd}\u{fffd}\u{fffd}")]
#[case::overlong(b"\"\xc0\xaf\"", "\u{fffd}\u{fffd}")]
#[case::no_escape(br#""C:\Users\x""#, "C:\u{fffd}sers\u{fffd}")]
#[case::no_digits(br#""\u+123 \uZZZZ""#, "\u{fffd}+123 \u{fffd}ZZZZ")]
#[case::line_break(b"\"a\nb\tc\x00\"", "a\nb\tc\0")]
#[case::quotation_mark(br#""\"a\\\/""#, "\"a\\/")]
#[case::mark_of_byte_order(b"\xEF\xBB\xBF\"a\"", "a")]
fn a_text_is_read_but_for_what_is_none(#[case] raw: &[u8], #[case] expected: &str) {
    assert_eq!(mended_tree(raw), expected);
}

#[rstest]
#[case::nothing("", json!(null))]
#[case::spaces("  \r\n", json!(null))]
#[case::not_a_number(r#"{"a":NaN,"b":-Infinity,"c":+1,"d":0x10,"e":01,"f":.5}"#, json!({"a":null,"b":null,"c":null,"d":null,"e":null,"f":null}))]
#[case::beyond_a_float("[1e999,2]", json!([null, 2]))]
#[case::comma_at_the_end(r#"{"a":[1,2,],"b":3,}"#, json!({"a":[1,2],"b":3}))]
#[case::commas_for_nothing("[,1,,2]", json!([1, 2]))]
#[case::no_comma(r#"[{"a":1}{"b":2}]"#, json!([{"a":1},{"b":2}]))]
#[case::no_value(r#"{"a":,"b":1,"c"}"#, json!({"a":null,"b":1,"c":null}))]
#[case::no_key(r#"{x:1,"b":1}"#, json!({"b":1}))]
#[case::words("[true,false,null,None,'x']", json!([true,false,null,null,null]))]
#[case::lost_bracket(r#"{"value":[{"a":1,{"a":2}]}"#, json!({"value":[{"a":1},{"a":2}]}))]
#[case::lost_bracket_of_the_last(r#"{"value":[{"a":1},{"a":2],"n":1}"#, json!({"value":[{"a":1},{"a":2}],"n":1}))]
#[case::bracket_too_many(r#"{"value":[{"a":1}},{"a":2}]}"#, json!({"value":[{"a":1},{"a":2}]}))]
#[case::list_without_its_end(r#"{"value":[{"a":[1,2},{"a":3}]}"#, json!({"value":[{"a":[1,2]},{"a":3}]}))]
#[case::two_values("1 2", json!(null))]
#[case::after_the_end(r#"{"a":1}{"a":2} x"#, json!({"a":1}))]
fn a_place_that_is_no_json_costs_itself(#[case] raw: &str, #[case] expected: Value) {
    assert_eq!(mended_tree(raw.as_bytes()), expected);
}

#[rstest]
#[case("[[[[", "[[[[]]]]")]
#[case(r#"{"a":"b"#, r#"{"a":"b"}"#)]
#[case(r#"{"a":"b","c"#, r#"{"a":"b","c":null}"#)]
#[case(r#"{"a":"b\"#, r#"{"a":"b�"}"#)]
fn what_is_cut_off_is_closed_and_known_to_be_cut(#[case] raw: &str, #[case] text: &str) {
    let mended = mended(raw.as_bytes());
    assert_eq!((mended.text.as_str(), mended.complete), (text, false));
}

#[rstest]
#[case(99)]
#[case(101)]
#[case(10_000)]
#[case(1_000_000)]
fn however_deep_it_nests_the_rest_is_read(
    #[case] levels: usize,
    #[values(("[", "]"), ("{\"a\":", "}"))] brackets: (&str, &str),
) {
    let (open, close) = brackets;
    let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
    let raw = format!(r#"{{"a":{deep},"b":2}}"#);
    assert_eq!(tree(raw.as_bytes())["b"], 2);
    assert_eq!(mended_tree(raw.as_bytes())["b"], 2);
}

#[rstest]
#[case("5", Some(5))]
#[case("\"5\"", Some(5))]
#[case("\" 5 \"", Some(5))]
#[case("5.9", Some(5))]
#[case("-5.9", Some(-5))]
#[case("\"5.0\"", Some(5))]
#[case("1e3", Some(1000))]
#[case("1e300", None)]
#[case("18446744073709551615", None)]
#[case("\"inf\"", None)]
#[case("\"NaN\"", None)]
#[case("\"\"", None)]
#[case("\"0x10\"", None)]
#[case("null", None)]
#[case("true", None)]
#[case("[5]", None)]
#[case("{\"a\":5}", None)]
fn a_number_is_one_however_it_is_written(#[case] raw: &str, #[case] expected: Option<i64>) {
    let number: Number = serde_json::from_str(raw).unwrap();
    assert_eq!(number.whole(), expected);
}

#[test]
fn of_a_member_that_stands_there_twice_the_last_counts() {
    #[derive(serde::Deserialize)]
    struct One {
        a: u8,
    }
    let one: One = read(br#"{"a":1,"b":{"x":1,"x":2},"a":2}"#).unwrap();
    assert_eq!(one.a, 2);
}

#[test]
fn it_is_known_which_part_was_mended() {
    let mended = mended(br#"[{"a":"x"},{"a":"\ud83d"},{"a":NaN},{"a":"y"}]"#);
    let parts: Vec<&serde_json::value::RawValue> = serde_json::from_str(&mended.text).unwrap();
    let touched: Vec<_> = parts
        .iter()
        .map(|part| mended.touches(part.get()))
        .collect();
    assert_eq!(touched, [false, true, true, false]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_stays_what_it_is(value in any_json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let mended = mended(text.as_bytes());
            prop_assert!(mended.complete && mended.places.is_empty());
            prop_assert_eq!(mended_tree(text.as_bytes()), value.clone());
        }
    }

    #[test]
    fn any_bytes_become_json(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        mended_tree(&raw);
    }

    #[test]
    fn any_json_that_was_damaged_becomes_json(
        value in any_json(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut raw = value.to_string().into_bytes();
        let at = at.index(raw.len());
        raw[at] = with;
        if cut {
            raw.truncate(at);
        }
        mended_tree(&raw);
    }

    #[test]
    fn brackets_and_quotation_marks_in_any_order_become_json(raw in "[\\[\\]{}:,\"\\\\u0d8a ]{0,60}") {
        mended_tree(raw.as_bytes());
    }
}
