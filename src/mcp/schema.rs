//! JSON Schemas that every client can read: flat, without references, titles or nulls.

use std::sync::Arc;

use rmcp::model::JsonObject;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of what a tool accepts.
pub(super) fn input<T: JsonSchema>() -> Arc<JsonObject> {
    flat::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what a tool returns.
pub(super) fn output<T: JsonSchema>() -> Arc<JsonObject> {
    flat::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn flat<T: JsonSchema>(settings: SchemaSettings) -> Arc<JsonObject> {
    let settings = settings.with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
        settings.transforms.push(Box::new(RecursiveTransform(tidy)));
    });
    let mut schema: Schema = settings.into_generator().into_root_schema_for::<T>();
    for key in ["title", "description"] {
        schema.remove(key);
    }
    match schema.to_value() {
        Value::Object(object) => Arc::new(object),
        _ => Arc::default(),
    }
}

/// A doc comment of several lines is one line of text, and a number needs no `format`, which some clients refuse.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}
