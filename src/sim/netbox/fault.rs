//! The fault grammar, and the faults that wait for their request. The grammar stands in the module's header.

use std::time::Duration;

/// One line, understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// `None`: until `up`.
    Down(Option<Duration>),
    Up,
    Latency(Duration),
    Strike(Fault),
    Token {
        is_revoked: bool,
    },
    Write {
        is_allowed: bool,
    },
    /// Kind and action: `ipam.ipaddress`, `add`.
    Permission {
        kind: String,
        action: String,
        is_given: bool,
    },
    Take {
        address: String,
        vrf: Option<String>,
    },
    Release {
        address: String,
    },
    Vm {
        name: String,
        is_gone: bool,
    },
    /// Field and value.
    Prefix {
        prefix: String,
        field: &'static str,
        value: String,
    },
    Clear,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    Status(u16),
    Drop,
    Hang,
    Garbage,
    Html,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub strike: Strike,
    pub method: Option<String>,
    /// A part of the path.
    pub path: Option<String>,
    /// It is done first.
    pub is_after: bool,
    /// `None`: until cleared.
    pub times: Option<u32>,
    /// `Retry-After`, in seconds.
    pub retry: Option<u32>,
}

/// Faults that wait.
#[derive(Debug, Default)]
pub struct Faults {
    pub waiting: Vec<Fault>,
    pub latency: Duration,
}

impl Faults {
    /// The fault that strikes this request, if any; it counts as used.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let fits = |f: &Fault| {
            f.method.as_deref().is_none_or(|m| m == method)
                && f.path.as_deref().is_none_or(|p| crate::fault::is_part(p, path))
        };
        let i = self.waiting.iter().position(fits)?;
        let found = self.waiting[i].clone();
        if let Some(times) = &mut self.waiting[i].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.waiting.remove(i);
            }
        }
        Some(found)
    }
}

const RIGHT: &str = "a line is `netbox` and `down`, `up`, `latency=2s`, `status=500`, `drop`, `hang`, `garbage`, `html`, \
     `token revoked`, `token restored`, `readonly`, `writable`, `deny=ipam.add_ipaddress`, `allow=…`, `take ADDRESS`, \
     `release ADDRESS`, `vm NAME`, `vm NAME gone`, `prefix PREFIX status=reserved` or `clear`";

/// # Errors
/// What would be right.
pub fn parse(line: &str) -> Result<Told, String> {
    let words = words(line)?;
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.first() == Some(&"netbox") {
        words.remove(0);
    }
    let owned = |text: &&str| (*text).to_owned();
    match words.as_slice() {
        ["down"] => Ok(Told::Down(None)),
        ["down", time] => Ok(Told::Down(Some(duration(time)?))),
        ["up"] => Ok(Told::Up),
        ["clear"] => Ok(Told::Clear),
        ["token", "revoked"] => Ok(Told::Token { is_revoked: true }),
        ["token", "restored"] => Ok(Told::Token { is_revoked: false }),
        ["readonly"] => Ok(Told::Write { is_allowed: false }),
        ["writable"] => Ok(Told::Write { is_allowed: true }),
        ["take", address] => Ok(Told::Take { address: owned(address), vrf: None }),
        ["take", address, vrf] => {
            let vrf = vrf.strip_prefix("vrf=").ok_or("right is `netbox take 10.0.10.5/24 vrf=blue`")?;
            Ok(Told::Take { address: owned(address), vrf: Some(vrf.to_owned()) })
        }
        ["release", address] => Ok(Told::Release { address: owned(address) }),
        ["vm", name] => Ok(Told::Vm { name: owned(name), is_gone: false }),
        ["vm", name, "gone"] => Ok(Told::Vm { name: owned(name), is_gone: true }),
        ["prefix", prefix, change] => {
            let (field, value) = change.split_once('=').unwrap_or((change, "true"));
            let field = ["status", "mark_utilized", "is_pool", "description"].into_iter().find(|f| *f == field);
            let field = field.ok_or("right is `status=reserved`, `mark_utilized`, `is_pool` or `description=…`")?;
            Ok(Told::Prefix { prefix: owned(prefix), field, value: value.to_owned() })
        }
        [first, options @ ..] => match (first.split_once('='), options) {
            (Some(("latency", time)), []) => Ok(Told::Latency(duration(time)?)),
            (Some(("deny", what)), []) => permission(what, false),
            (Some(("allow", what)), []) => permission(what, true),
            _ => Ok(Told::Strike(fault(strike(first)?, options)?)),
        },
        [] => Err(RIGHT.to_owned()),
    }
}

/// `ipam.add_ipaddress`.
fn permission(text: &str, is_given: bool) -> Result<Told, String> {
    let wrong = || format!("{text:?} is no permission: right is ipam.add_ipaddress");
    let (app, rest) = text.split_once('.').ok_or_else(wrong)?;
    let (action, model) = rest.rsplit_once('_').ok_or_else(wrong)?;
    Ok(Told::Permission { kind: format!("{app}.{model}"), action: action.to_owned(), is_given })
}

fn strike(word: &str) -> Result<Strike, String> {
    match word {
        "drop" => Ok(Strike::Drop),
        "hang" => Ok(Strike::Hang),
        "garbage" => Ok(Strike::Garbage),
        "html" => Ok(Strike::Html),
        _ => {
            let status = word.strip_prefix("status=").ok_or(RIGHT)?;
            let status = status.parse().ok().filter(|s| (200..600).contains(s));
            status.map(Strike::Status).ok_or_else(|| "a status is a number from 200 to 599".to_owned())
        }
    }
}

fn fault(strike: Strike, options: &[&str]) -> Result<Fault, String> {
    const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
    let mut fault = Fault { strike, method: None, path: None, is_after: false, times: Some(1), retry: None };
    for option in options {
        match option.split_once('=') {
            None if *option == "after" => fault.is_after = true,
            Some(("times", "always")) => fault.times = None,
            Some(("times", n)) => {
                let n = n.parse().ok().filter(|n| *n > 0);
                fault.times = Some(n.ok_or("times is a number from 1, or always")?);
            }
            Some(("retry", seconds)) => {
                fault.retry = Some(seconds.parse().map_err(|_| "retry is a number of seconds".to_owned())?);
            }
            Some(("on", target)) => {
                let (method, path) = match target.split_once(' ') {
                    Some((method, path)) => (Some(method), Some(path.trim())),
                    None if METHODS.contains(&target) => (Some(target), None),
                    None => (None, Some(target)),
                };
                fault.method = method.map(str::to_owned);
                fault.path = path.map(str::to_owned);
            }
            _ => {
                return Err(format!(
                    "{option:?} is no option: right is on=\"POST ip-addresses\", after, times=2 or retry=2"
                ));
            }
        }
    }
    Ok(fault)
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: right is 300ms, 2s or 1m");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match &text[digits.len()..] {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(wrong()),
    }
}

/// Words apart by spaces; a part in double quotes keeps its spaces.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if is_quoted {
        return Err("a quotation is not closed".to_owned());
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let Ok(Told::Strike(fault)) = parse("netbox status=429 on=\"POST ip-addresses\" after times=2 retry=3") else {
            panic!("a strike");
        };
        assert_eq!(
            (fault.strike, fault.is_after, fault.times, fault.retry),
            (Strike::Status(429), true, Some(2), Some(3))
        );
        assert_eq!((fault.method.as_deref(), fault.path.as_deref()), (Some("POST"), Some("ip-addresses")));
        assert_eq!(
            parse("netbox deny=dcim.render_config_device"),
            Ok(Told::Permission { kind: "dcim.device".into(), action: "render_config".into(), is_given: false })
        );
        assert_eq!(parse("netbox down 10s"), Ok(Told::Down(Some(Duration::from_secs(10)))));
        for wrong in
            ["netbox", "netbox sideways", "netbox status=9", "netbox drop twice", "netbox vm", "netbox prefix x y=1"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
