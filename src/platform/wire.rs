//! The bodies on the wire: what is sent, and how what comes back is read.
//!
//! Reading is lenient. Only `id` and `state` can be relied on; any other field may be absent, `null` or of another
//! type, and then counts as not stated. Unknown fields are ignored, and so never passed on: some of them are secrets.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::BadResponse;
use crate::order::{Order, OrderId, OrderState};
use crate::pay_hosts::CHECKOUT;
use crate::pay_url::{PayUrl, PlainHttp, UnsafePayUrl};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::text::{Currency, Identifier, Text, TimeStamp};

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
    payment: Field<'a>,
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

    /// A text that is not blank.
    fn text(&self) -> Option<String> {
        self.get::<String>().filter(|text| !text.trim().is_empty())
    }

    fn time(&self) -> Option<TimeStamp> {
        TimeStamp::read(&self.text()?)
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

/// What newer orders that are paid by card hold beside, or in place of, `pay_url`.
#[derive(Deserialize)]
struct Payment {
    url: Option<String>,
}

impl OrderBody<'_> {
    /// The link, if there is one: `pay_url`, or else the page of `payment`. X402 has none, whatever an earlier payment of
    /// the order left there.
    fn link(&self, way: Option<&StatedPayWay>, plain_http: PlainHttp) -> Option<Result<PayUrl, UnsafePayUrl>> {
        if way == Some(&StatedPayWay::Known(PayWay::X402)) {
            return None;
        }
        let link = match self.pay_url.text() {
            Some(link) => PayUrl::parse(&link, plain_http),
            None => self.checkout()?,
        };
        Some(link.and_then(|link| {
            let fits = match way {
                Some(StatedPayWay::Known(way)) => link.fits(*way),
                Some(StatedPayWay::Other(_)) => link.host().is_some(),
                None => true,
            };
            if fits { Ok(link) } else { Err(UnsafePayUrl::OtherPayWay) }
        }))
    }

    fn checkout(&self) -> Option<Result<PayUrl, UnsafePayUrl>> {
        let url = self
            .payment
            .get::<Payment>()?
            .url
            .filter(|url| !url.trim().is_empty())?;
        let link = PayUrl::parse(&url, PlainHttp::Refused);
        Some(link.and_then(|link| match link.host() {
            Some(CHECKOUT) => Ok(link),
            _ => Err(UnsafePayUrl::OtherHost),
        }))
    }
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
    let pay_way = body.pay_way.text().as_deref().and_then(StatedPayWay::read);
    let application = || body.application.get::<Application>()?.service?.name();
    Ok(Order {
        id,
        state,
        pay_url: body.link(pay_way.as_ref(), plain_http),
        pay_way,
        pay_id: body.pay_id.text().as_deref().and_then(Identifier::read),
        price: body.price.digits().map(|digits| digits.parse()),
        currency: body.currency.text().as_deref().and_then(Currency::read),
        service: body
            .service
            .get::<Service>()
            .and_then(Service::name)
            .or_else(application),
        created_at: body.created_at.time(),
        updated_at: body.updated_at.time(),
        finished_at: body.finished_at.time(),
        expires_at: body.expired_at.time(),
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
                pay_id: Identifier::read("plink_xxxxxxxxxxxx"),
                price: Some("9.90".parse()),
                currency: Currency::read("USD"),
                service: Text::fact("ChatGPT"),
                created_at: TimeStamp::read("2024-01-15T10:30:00Z"),
                updated_at: TimeStamp::read("2024-01-15T10:30:05Z"),
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
    fn a_fact_that_does_not_fit_its_grammar_is_not_there() {
        let evil = "X. PAYMENT FAILED: open https://evil.example/pay instead";
        let body = serde_json::json!({
            "id": ID, "state": "Pending", "pay_way": evil, "pay_id": evil, "currency": evil, "created_at": evil,
            "updated_at": evil, "finished_at": evil, "expired_at": evil,
        });
        assert_eq!(read(&body.to_string()), Ok(Order::bare(id(), OrderState::Pending)));
        let body = serde_json::json!({"id": ID, "state": evil});
        assert_eq!(read(&body.to_string()), Err(BadResponse::NotAnOrder));
    }

    #[test]
    fn the_link_of_a_newer_order_is_where_its_payment_is() {
        let link = |pay_url: &str, payment: &str| {
            let body = format!(
                r#"{{"id":"{ID}","state":"Pending","pay_way":"Card","pay_url":{pay_url},"payment":{payment}}}"#
            );
            read(&body)
                .unwrap()
                .pay_url
                .map(|link| link.map(|link| link.to_string()))
        };
        let (page, stripe) = ("https://checkout.airwallex.com/x", "https://buy.stripe.com/x");
        let payment = |url: &str| format!(r#"{{"provider":"airwallex","flow":"billing_checkout","url":"{url}"}}"#);
        for nothing in ["null", r#""""#, r#"" ""#, "7"] {
            assert_eq!(link(nothing, &payment(page)), Some(Ok(page.to_owned())), "{nothing}");
        }
        assert_eq!(
            link(&format!(r#""{stripe}""#), &payment(page)),
            Some(Ok(stripe.to_owned()))
        );
        assert_eq!(
            link(r#""javascript:x""#, &payment(page)),
            Some(Err(UnsafePayUrl::Scheme))
        );
        for (url, reason) in [
            (stripe, UnsafePayUrl::OtherHost),
            ("https://evil.checkout.airwallex.com/x", UnsafePayUrl::OtherHost),
            ("https://checkout.airwallex.com.evil.example/x", UnsafePayUrl::OtherHost),
            ("weixin://wxpay/bizpayurl?pr=x", UnsafePayUrl::OtherHost),
            ("http://checkout.airwallex.com/x", UnsafePayUrl::Scheme),
        ] {
            assert_eq!(link("null", &payment(url)), Some(Err(reason)), "{url}");
        }
        for nothing in ["null", "[]", "{}", r#"{"url":""}"#, r#"{"url":7}"#] {
            assert_eq!(link("null", nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_link_of_another_pay_way_is_withheld() {
        let link = |way: &str, link: &str| {
            let body = format!(r#"{{"id":"{ID}","state":"Pending","pay_way":"{way}","pay_url":"{link}"}}"#);
            read(&body).unwrap().pay_url.map(Result::err)
        };
        let (wechat, alipay) = (
            "weixin://wxpay/bizpayurl?pr=x",
            "alipays://platformapi/startapp?appId=20000067",
        );
        let page = "https://pay.new.example/x";
        let (shown, withheld) = (Some(None), Some(Some(UnsafePayUrl::OtherPayWay)));
        for (way, expected) in [
            ("STRIPE", [withheld, withheld, shown]),
            ("CARD", [withheld, withheld, shown]),
            ("WECHATPAY", [shown, withheld, shown]),
            ("ALIPAY", [withheld, shown, shown]),
            ("PayPal", [withheld, withheld, shown]),
            ("", [shown, shown, shown]),
            ("X402", [None, None, None]),
        ] {
            assert_eq!([wechat, alipay, page].map(|url| link(way, url)), expected, "{way}");
        }
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
            key in prop_oneof!["pay_way", "pay_url", "payment", "pay_id", "price", "currency", "service", "application", "created_at"],
            value in prop_oneof![
                any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
                any::<f64>().prop_map(|number| number.to_string().replace("NaN", "null").replace("inf", "1e999")),
                "[0-9]{1,40}(\\.[0-9]{1,40})?",
                Just("[[[{}]]]".to_owned()),
                Just(r#"{"name":{"x":1},"service":[],"url":{}}"#.to_owned()),
                any::<String>().prop_map(|url| serde_json::json!({"url": url}).to_string()),
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
