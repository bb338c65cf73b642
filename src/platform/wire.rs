//! The bodies on the wire: what is sent, and how what comes back is read.
//!
//! Reading is lenient. Only `id` and `state` can be relied on; any other field may be absent, `null` or of another
//! type, and then counts as not stated. Unknown fields are ignored, and so never passed on: some of them are secrets.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::BadResponse;
use crate::order::{Order, OrderId, OrderState};
use crate::pay_url::{PayUrl, PlainHttp};
use crate::pay_way::StatedPayWay;
use crate::text::Text;

/// The body of `POST /orders/{id}/pay/`: nothing that the caller did not give.
#[derive(Debug, Serialize)]
pub(super) struct PayBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pay_way: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) surface: Option<&'a str>,
}

/// The body of `POST /orders/{id}/refresh/`.
#[derive(Debug, Serialize)]
pub(super) struct RefreshBody {}

/// An order as it arrives: every field still raw JSON, so that one odd value spoils only itself, and a number keeps
/// every digit.
#[derive(Deserialize)]
struct OrderBody<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    state: Field<'a>,
    #[serde(borrow, default)]
    pay_way: Field<'a>,
    #[serde(borrow, default)]
    pay_url: Field<'a>,
    #[serde(borrow, default)]
    pay_id: Field<'a>,
    #[serde(borrow, default)]
    price: Field<'a>,
    #[serde(borrow, default)]
    currency: Field<'a>,
    #[serde(borrow, default)]
    service: Field<'a>,
    #[serde(borrow, default)]
    application: Field<'a>,
    #[serde(borrow, default)]
    created_at: Field<'a>,
    #[serde(borrow, default)]
    updated_at: Field<'a>,
    #[serde(borrow, default)]
    finished_at: Field<'a>,
    #[serde(borrow, default)]
    expired_at: Field<'a>,
}

/// One raw value, or none.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Field<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl Field<'_> {
    /// The value, where it is of the type asked for.
    fn get<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        serde_json::from_str(self.0?.get()).ok()
    }

    /// A text that is not empty.
    fn text(&self) -> Option<String> {
        self.get::<String>().filter(|text| !text.is_empty())
    }

    fn fact(&self) -> Option<Text> {
        Text::fact(&self.text()?)
    }

    /// A number's own digits, or a text's content; `None` for `null` and `""`.
    fn digits(&self) -> Option<String> {
        let raw = self.0?.get();
        match raw.as_bytes().first()? {
            b'"' => self.text(),
            b'n' => None,
            _ => Some(raw.to_owned()),
        }
    }
}

#[derive(Deserialize)]
struct Service {
    name: Option<String>,
    title: Option<String>,
    alias: Option<String>,
}

impl Service {
    fn name(self) -> Option<Text> {
        [self.name, self.title, self.alias]
            .into_iter()
            .flatten()
            .find_map(|name| Text::fact(&name))
    }
}

#[derive(Deserialize)]
struct Application {
    service: Option<Service>,
}

/// Reads an answer as the order that was asked for.
pub(super) fn read_order(body: &[u8], asked: OrderId, plain_http: PlainHttp) -> Result<Order, BadResponse> {
    let body: OrderBody<'_> = serde_json::from_slice(body).map_err(|_| match body.trim_ascii_start().first() {
        Some(b'<') => BadResponse::WebPage,
        _ => BadResponse::NotAnOrder,
    })?;
    let id: OrderId = body.id.get().ok_or(BadResponse::NotAnOrder)?;
    if id != asked {
        return Err(BadResponse::OtherOrder);
    }
    let state = body
        .state
        .text()
        .as_deref()
        .and_then(OrderState::read)
        .ok_or(BadResponse::NotAnOrder)?;
    let application = || body.application.get::<Application>()?.service?.name();
    Ok(Order {
        id,
        state,
        pay_way: body.pay_way.text().as_deref().and_then(StatedPayWay::read),
        pay_url: body.pay_url.text().map(|link| PayUrl::parse(&link, plain_http)),
        pay_id: body.pay_id.fact(),
        price: body.price.digits().map(|digits| digits.parse()),
        currency: body.currency.fact(),
        service: body
            .service
            .get::<Service>()
            .and_then(Service::name)
            .or_else(application),
        created_at: body.created_at.fact(),
        updated_at: body.updated_at.fact(),
        finished_at: body.finished_at.fact(),
        expires_at: body.expired_at.fact(),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::money::MoneyError;
    use crate::pay_url::UnsafePayUrl;
    use crate::pay_way::PayWay;

    const ID: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

    fn id() -> OrderId {
        ID.parse().unwrap()
    }

    fn read(body: &str) -> Result<Order, BadResponse> {
        read_order(body.as_bytes(), id(), PlainHttp::Refused)
    }

    #[test]
    fn the_specifications_example_is_read_whole() {
        let order = read(
            r#"{"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","state":"Pending","pay_way":"STRIPE",
                "pay_url":"https://buy.stripe.com/xxxxxxxxxxxx","pay_id":"plink_xxxxxxxxxxxx","price":"9.90",
                "currency":"USD","service":{"id":"xxxx-xxxx-xxxx","name":"ChatGPT","alias":"chatgpt"},
                "packages":[{"id":"p"}],"created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-15T10:30:05Z"}"#,
        );
        assert_eq!(
            order,
            Ok(Order {
                pay_way: Some(StatedPayWay::Known(PayWay::Stripe)),
                pay_url: Some(PayUrl::parse("https://buy.stripe.com/xxxxxxxxxxxx", PlainHttp::Refused)),
                pay_id: Text::fact("plink_xxxxxxxxxxxx"),
                price: Some("9.90".parse()),
                currency: Text::fact("USD"),
                service: Text::fact("ChatGPT"),
                created_at: Text::fact("2024-01-15T10:30:00Z"),
                updated_at: Text::fact("2024-01-15T10:30:05Z"),
                ..Order::bare(id(), OrderState::Pending)
            })
        );
    }

    #[test]
    fn only_id_and_state_are_needed_and_nulls_say_nothing() {
        for body in [
            format!(r#"{{"id":"{ID}","state":"Pending"}}"#),
            format!(
                r#"{{"id":"{ID}","state":"Pending","pay_way":null,"pay_url":null,"pay_id":null,"price":null,
                     "currency":null,"service":null,"application":null,"created_at":null,"expired_at":null}}"#
            ),
            format!(
                r#"{{"id":"{ID}","state":"Pending","pay_way":"","pay_url":"","pay_id":7,"price":"",
                     "currency":[],"service":"ChatGPT","application":{{"service":3}},"created_at":{{}}}}"#
            ),
        ] {
            assert_eq!(read(&body), Ok(Order::bare(id(), OrderState::Pending)), "{body}");
        }
    }

    #[test]
    fn a_price_keeps_every_digit_from_a_string_or_a_number() {
        for (json, price) in [
            (r#""9.90""#, Ok("9.90")),
            ("49.99", Ok("49.99")),
            ("12345678901234567.89", Ok("12345678901234567.89")),
            ("0", Ok("0")),
            (r#""NaN""#, Err(MoneyError)),
            ("-5", Err(MoneyError)),
            ("true", Err(MoneyError)),
            ("123456789012345678901234567890", Err(MoneyError)),
        ] {
            let order = read(&format!(r#"{{"id":"{ID}","state":"Paid","price":{json}}}"#)).unwrap();
            assert_eq!(order.price, Some(price.map(|text| text.parse().unwrap())), "{json}");
        }
    }

    #[test]
    fn the_service_name_is_found_where_older_orders_keep_it() {
        let body = format!(r#"{{"id":"{ID}","state":"Paid","application":{{"service":{{"title":"Suno"}}}}}}"#);
        assert_eq!(read(&body).unwrap().service, Text::fact("Suno"));
    }

    #[test]
    fn an_unsafe_link_is_withheld_without_losing_the_order() {
        let order = read(&format!(
            r#"{{"id":"{ID}","state":"Pending","pay_url":"javascript:alert(1)"}}"#
        ))
        .unwrap();
        assert_eq!(order.pay_url, Some(Err(UnsafePayUrl::Scheme)));
    }

    #[test]
    fn an_id_is_compared_as_a_uuid() {
        assert!(read(&format!(r#"{{"id":"{}","state":"Paid"}}"#, ID.to_uppercase())).is_ok());
        let other = r#"{"id":"00000000-0000-4000-8000-000000000000","state":"Paid"}"#;
        assert_eq!(read(other), Err(BadResponse::OtherOrder));
    }

    #[test]
    fn what_is_no_order_says_so() {
        for (body, error) in [
            ("", BadResponse::NotAnOrder),
            ("null", BadResponse::NotAnOrder),
            ("[]", BadResponse::NotAnOrder),
            (
                r#"{"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890"}"#,
                BadResponse::NotAnOrder,
            ),
            (
                r#"{"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","state":null}"#,
                BadResponse::NotAnOrder,
            ),
            (
                r#"{"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","state":"Pen"#,
                BadResponse::NotAnOrder,
            ),
            (r#"{"id":7,"state":"Pending"}"#, BadResponse::NotAnOrder),
            ("\n<!doctype html><title>Welcome</title>", BadResponse::WebPage),
        ] {
            assert_eq!(read(body), Err(error), "{body}");
        }
    }

    #[test]
    fn a_request_body_holds_nothing_that_was_not_given() {
        let json = |pay_way, surface| serde_json::to_string(&PayBody { pay_way, surface }).unwrap();
        assert_eq!(json(Some("STRIPE"), None), r#"{"pay_way":"STRIPE"}"#);
        assert_eq!(
            json(Some("ALIPAY"), Some("h5")),
            r#"{"pay_way":"ALIPAY","surface":"h5"}"#
        );
        assert_eq!(json(None, None), "{}");
        assert_eq!(serde_json::to_string(&RefreshBody {}).unwrap(), "{}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_field_whatever_spoils_an_order(
            key in prop_oneof!["pay_way", "pay_url", "pay_id", "price", "currency", "service", "application", "created_at"],
            value in prop_oneof![
                any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
                any::<f64>().prop_map(|number| number.to_string().replace("NaN", "null").replace("inf", "1e999")),
                "[0-9]{1,40}(\\.[0-9]{1,40})?",
                Just("[[[{}]]]".to_owned()),
                Just(r#"{"name":{"x":1},"service":[]}"#.to_owned()),
            ],
        ) {
            let order = read(&format!(r#"{{"id":"{ID}","{key}":{value},"state":"Pending"}}"#));
            if let Ok(order) = order {
                prop_assert_eq!(order.state, OrderState::Pending);
            } else {
                // Only JSON that is not JSON (a number with a leading zero) may be refused as a whole.
                prop_assert!(serde_json::from_str::<&RawValue>(&value).is_err());
            }
        }

        #[test]
        fn no_body_whatever_makes_it_panic(body in any::<Vec<u8>>()) {
            let _ = read_order(&body, id(), PlainHttp::Refused);
        }
    }
}
