//! JSON Schemas that every client can read: flat, without references, titles or lists of types.

use std::sync::Arc;

use rmcp::model::JsonObject;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of what a tool accepts. What can be left out is marked as such in the words of `OpenAPI` too, which some
/// frameworks go by; they break on a list of types.
pub(super) fn input<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = flat::<T>(SchemaSettings::draft2020_12().for_deserialize());
    let required = required(&schema);
    for (name, property) in properties(&mut schema).into_iter().flatten() {
        if let Some(property) = property.as_object_mut().filter(|_| !required.contains(name)) {
            property.insert("nullable".into(), true.into());
        }
    }
    schema
}

/// The schema of what a tool returns: the fields that are always there, and of the others those that the tool fills.
pub(super) fn output<T: JsonSchema>(filled: &[&str]) -> Arc<JsonObject> {
    let mut schema = flat::<T>(SchemaSettings::draft2020_12().for_serialize());
    let required = required(&schema);
    if let Some(properties) = properties(&mut schema) {
        properties.retain(|name, _| required.contains(name) || filled.contains(&name.as_str()));
    }
    schema
}

/// The properties of a schema, to change them.
pub(super) fn properties(schema: &mut Arc<JsonObject>) -> Option<&mut JsonObject> {
    let properties = Arc::make_mut(schema).get_mut("properties");
    properties.and_then(Value::as_object_mut)
}

/// The names of the properties that are always there.
pub(super) fn required(schema: &JsonObject) -> Vec<String> {
    texts(schema.get("required"))
}

/// The texts of a list.
pub(super) fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
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
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(terse_inside);
    }
    match schema.to_value() {
        Value::Object(object) => Arc::new(object),
        _ => Arc::default(),
    }
}

/// Inside a field's own object the names speak for themselves: clients read these schemas with every list.
fn terse_inside(field: &mut Value) {
    let inside = |schema: &mut Value| {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
        }
        terse_inside(schema);
    };
    if let Some(Value::Object(properties)) = field.get_mut("properties") {
        properties.values_mut().for_each(inside);
    }
    if let Some(items) = field.get_mut("items") {
        inside(items);
    }
}

/// A doc comment of several lines is one line of text; a number needs no `format`, which some clients refuse; and what
/// is not there is left out, never `null`.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    without_null(schema);
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// Takes back what an `Option` adds to the schema of what is in it.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::mcp::tools::{check_order_status, pay_order};
    use crate::output::OrderOutput;

    /// The names of an object's fields: those that are always there, and the others.
    fn fields(schema: &JsonObject) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let names = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        let required: BTreeSet<_> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let optional = names.filter(|name| !required.contains(name)).collect();
        (required, optional)
    }

    #[test]
    fn every_field_of_an_order_is_always_there_or_filled_by_a_tool() {
        let whole = flat::<OrderOutput>(SchemaSettings::draft2020_12().for_serialize());
        let (required, optional) = fields(&whole);
        let lists = [pay_order::RESULTS, check_order_status::RESULTS];
        assert_eq!(lists.concat().into_iter().collect::<BTreeSet<_>>(), optional);
        for list in lists {
            let schema = output::<OrderOutput>(list);
            assert_eq!(fields(&schema), (required.clone(), list.iter().copied().collect()));
        }
    }
}
