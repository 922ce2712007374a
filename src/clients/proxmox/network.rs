//! Bridges of a node, to which guests are attached.

use super::{Error, Proxmox, request::Request, wire};
use direttore_domain::{BridgeName, NodeName, text};
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    pub name: BridgeName,
    pub is_active: bool,
    /// Whether a guest's interface on it may have a VLAN tag.
    pub is_vlan_aware: bool,
    /// `bridge`, `OVSBridge`, or `vnet` for one of the software-defined network.
    pub kind: String,
    pub comment: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "wire::string")]
    iface: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "wire::string")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    active: bool,
    #[serde(default, deserialize_with = "wire::flag")]
    bridge_vlan_aware: bool,
    #[serde(default, deserialize_with = "wire::string")]
    comments: Option<String>,
}

impl Proxmox {
    /// Bridges and vnets by name. Proxmox leaves out those that we may neither use nor see, without a word.
    ///
    /// # Errors
    /// [`Error::Unavailable`] (595) when the node is offline.
    pub async fn bridges(&self, node: &NodeName) -> Result<Vec<Bridge>, Error> {
        let request = Request::get(&["nodes", node.as_str(), "network"]).with("type", "any_bridge");
        self.call(&request).await.map(listed)
    }
}

fn listed(rows: Vec<Row>) -> Vec<Bridge> {
    let bridge = |row: Row| {
        let kind = text::visible(&row.kind.unwrap_or_default());
        let comment = row.comments.map(|c| text::visible_lines(c.trim_end())).filter(|c| !c.is_empty());
        Some(Bridge {
            name: row.iface?.parse().ok()?,
            is_active: row.active,
            // Open vSwitch tags by port: there is nothing to switch on.
            is_vlan_aware: row.bridge_vlan_aware || kind == "OVSBridge",
            kind,
            comment,
        })
    };
    let mut all: Vec<Bridge> = rows.into_iter().filter_map(bridge).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_bridges_take_tags() {
        let body = br#"{"data":[
            {"iface":"vmbr1","type":"bridge","active":"1","comments":"storage\n"},
            {"iface":"vmbr0","type":"bridge","active":1,"bridge_vlan_aware":1},
            {"iface":"ovs0","type":"OVSBridge","active":0},
            {"iface":"lab","type":"vnet","active":1},
            {"iface":"not a name","type":"bridge"},{"type":"bridge"}]}"#;
        let all = listed(wire::data(body).expect("a list"));
        let seen: Vec<_> = all.iter().map(|b| (b.name.as_str(), b.is_vlan_aware, b.is_active)).collect();
        assert_eq!(seen, [("lab", false, true), ("ovs0", true, false), ("vmbr0", true, true), ("vmbr1", false, true)]);
        assert_eq!(all[3].comment.as_deref(), Some("storage"));
    }
}
