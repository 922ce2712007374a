//! A request as it is recorded, for tests that compare it with Proxmox's published schema.
//!
//! One JSON object a line: `{"method":"POST","path":"/nodes/pve1/qemu/101/status/start","params":{"timeout":"30"},
//! "where":"body"}`. The path is percent-encoded as sent, below `/api2/json`; values are text; secrets are `…`.

use super::request::Request;
use serde_json::Value;

pub(super) fn line(request: &Request) -> Value {
    let params: serde_json::Map<String, Value> =
        request.params.iter().map(|p| (p.name.to_string(), if p.is_secret { "…" } else { &p.value }.into())).collect();
    let place = if request.has_body() { "body" } else { "query" };
    serde_json::json!({
        "method": request.method.as_str(), "path": request.path, "params": params, "where": place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_but_secrets() {
        let request = Request::post(&["access", "ticket"]).with("username", "root@pam").with_secret("password", "pw");
        assert_eq!(
            line(&request).to_string(),
            "{\"method\":\"POST\",\"path\":\"/access/ticket\",\"params\":{\"username\":\"root@pam\",\"password\":\"…\"},\"where\":\"body\"}"
        );
    }
}
