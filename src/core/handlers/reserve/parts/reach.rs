//! What of the lab a list may show: what grants hide is left out.

use crate::{handlers::Cx, ipam::View, lab::Sight};
use direttore_domain::{ResourceKey, Trouble, grant::Touches, policy};
use std::sync::Arc;

pub struct Reach {
    /// Nothing of the lab answers, which hides nothing from who has no grants.
    sight: Option<Sight>,
    /// None where NetBox does not answer: then only who reaches all devices is shown what is theirs.
    view: Option<Arc<View>>,
}

impl Reach {
    /// # Errors
    /// That no cluster can be seen, where grants must be held against it.
    pub async fn of(cx: &Cx) -> Result<Self, Trouble> {
        if cx.actor.grants.is_empty() {
            return Ok(Self { sight: cx.sight(None).await.ok(), view: None });
        }
        let view = match cx.lab.ipam() {
            Some(ipam) => ipam.view().await.ok(),
            None => None,
        };
        Ok(Self { sight: Some(cx.sight(None).await?), view })
    }

    pub fn has(&self, cx: &Cx, key: &ResourceKey) -> bool {
        match key {
            ResourceKey::Node(_, node) => cx.reaches(Touches::of_node(node)),
            ResourceKey::Guest(cluster, vmid) => {
                let mut guests = self.sight.iter().flat_map(Sight::guests);
                let guest = guests.find(|g| g.cluster == *cluster && g.vmid == *vmid);
                cx.reaches(guest.map_or(Touches::default(), policy::touches))
            }
            ResourceKey::Device(id) => {
                cx.reaches(self.view.as_deref().map(|view| view.touches(*id)).unwrap_or_default())
            }
            ResourceKey::Lab | ResourceKey::Pool(_) | ResourceKey::Named(_) => true,
        }
    }

    /// All nodes within reach.
    pub fn nodes(&self, cx: &Cx) -> Vec<(ResourceKey, String)> {
        let nodes = self.sight.iter().flat_map(Sight::nodes);
        let all = nodes.map(|n| (ResourceKey::Node(n.cluster.clone(), n.name.clone()), n.name.to_string()));
        all.filter(|(key, _)| self.has(cx, key)).collect()
    }
}
