//! `now()`: the moment that the caller gave, with Python's `strftime`.

use chrono::{DateTime, Datelike, Timelike, Utc, format::StrftimeItems};
use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Enumerator, Object, from_args},
};
use std::{fmt, sync::Arc};

#[derive(Debug)]
struct Moment(DateTime<Utc>);

impl Object for Moment {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            "hour" => Value::from(self.0.hour()),
            "minute" => Value::from(self.0.minute()),
            "second" => Value::from(self.0.second()),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["year", "month", "day", "hour", "minute", "second"])
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "strftime" => {
                let (format,): (&str,) = from_args(args)?;
                let items = StrftimeItems::new(format).parse().map_err(|_| {
                    Error::new(ErrorKind::InvalidOperation, format!("strftime does not know the format {format:?}"))
                })?;
                Ok(Value::from(self.0.format_with_items(items.iter()).to_string()))
            }
            "isoformat" => Ok(Value::from(self.0.format("%Y-%m-%dT%H:%M:%S").to_string())),
            "timestamp" => Ok(Value::from(self.0.timestamp())),
            _ => Err(Error::new(
                ErrorKind::UnknownMethod,
                format!("now() has no method {method}, it has strftime, isoformat and timestamp"),
            )),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d %H:%M:%S"))
    }
}

/// In UTC: a configuration shall not depend on where it is rendered.
pub(super) fn now(state: &State<'_, '_>) -> Result<Value, Error> {
    let millis = state.lookup("__now").and_then(|v| v.as_i64());
    let at = millis.and_then(DateTime::from_timestamp_millis);
    let at = at.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "there is no moment here"))?;
    Ok(Value::from_object(Moment(at)))
}
