//! Lists and maps: `flatten`, `union`, `intersect`, `difference`, `symmetric_difference`, `dict2items`, `items2dict`, `product`.

use super::{Given, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest, ValueKind},
};

/// Things that a product may have.
const MOST: usize = 100_000;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("flatten", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("flatten", &["levels", "skip_nulls"], &args, &named)?;
        let levels = given.get("levels").map(|_| given.number("levels", 0)).transpose()?.unwrap_or(100);
        let mut all = Vec::new();
        flatten(&value, levels, &mut all)?;
        Ok::<_, Error>(Value::from(all))
    });
    env.add_filter("union", |one: Value, other: Value| {
        let all = items(&one)?.into_iter().chain(items(&other)?).collect::<Vec<_>>();
        Ok::<_, Error>(single(all))
    });
    env.add_filter("intersect", |one: Value, other: Value| {
        let other = items(&other)?;
        Ok::<_, Error>(single(items(&one)?.into_iter().filter(|item| other.contains(item)).collect()))
    });
    env.add_filter("difference", |one: Value, other: Value| {
        let other = items(&other)?;
        Ok::<_, Error>(single(items(&one)?.into_iter().filter(|item| !other.contains(item)).collect()))
    });
    env.add_filter("symmetric_difference", |one: Value, other: Value| {
        let (one, other) = (items(&one)?, items(&other)?);
        let left = one.iter().filter(|item| !other.contains(item)).cloned();
        let right = other.iter().filter(|item| !one.contains(item)).cloned();
        Ok::<_, Error>(single(left.chain(right).collect()))
    });
    env.add_filter("dict2items", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("dict2items", &["key_name", "value_name"], &args, &named)?;
        let key_name = given.text("key_name").unwrap_or_else(|| "key".to_owned());
        let value_name = given.text("value_name").unwrap_or_else(|| "value".to_owned());
        if value.kind() != ValueKind::Map {
            return Err(wrong(format!("dict2items takes a map, not a {}", value.kind())));
        }
        let mut all = Vec::new();
        for key in value.try_iter()? {
            let is = value.get_item(&key)?;
            all.push(Value::from_pairs([(key_name.as_str(), key), (value_name.as_str(), is)]));
        }
        Ok(Value::from(all))
    });
    env.add_filter("items2dict", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("items2dict", &["key_name", "value_name"], &args, &named)?;
        let key_name = given.text("key_name").unwrap_or_else(|| "key".to_owned());
        let value_name = given.text("value_name").unwrap_or_else(|| "value".to_owned());
        let mut all: Vec<(Value, Value)> = Vec::new();
        for item in value.try_iter()? {
            let (key, is) = (item.get_attr(&key_name)?, item.get_attr(&value_name)?);
            if key.is_undefined() || is.is_undefined() {
                return Err(wrong(format!("items2dict: {item} has no {key_name} or no {value_name}")));
            }
            all.push((key, is));
        }
        Ok::<_, Error>(Value::from_pairs(all))
    });
    env.add_filter("product", |value: Value, others: Rest<Value>| {
        let mut all: Vec<Vec<Value>> = items(&value)?.into_iter().map(|item| vec![item]).collect();
        for other in others.iter() {
            let other = items(other)?;
            if all.len().saturating_mul(other.len()) > MOST {
                return Err(wrong(format!("product: more than {MOST} combinations")));
            }
            all = all
                .iter()
                .flat_map(|row| other.iter().map(|item| [&row[..], std::slice::from_ref(item)].concat()))
                .collect();
        }
        Ok(Value::from(all.into_iter().map(Value::from).collect::<Vec<_>>()))
    });
}

fn items(value: &Value) -> Result<Vec<Value>, Error> {
    Ok(value.try_iter()?.collect())
}

fn single(all: Vec<Value>) -> Value {
    let mut out: Vec<Value> = Vec::with_capacity(all.len());
    for item in all {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    Value::from(out)
}

fn flatten(value: &Value, levels: i64, all: &mut Vec<Value>) -> Result<(), Error> {
    for item in value.try_iter()? {
        if item.is_none() {
            continue;
        }
        if item.kind() == ValueKind::Seq && levels > 0 {
            flatten(&item, levels - 1, all)?;
        } else {
            all.push(item);
        }
    }
    Ok(())
}
