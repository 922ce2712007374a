//! What of the lab a list may show: what grants hide is left out.

use crate::{handlers::Cx, lab::Sight};
use direttore_domain::{ResourceKey, Trouble, grant::Touches, policy};

pub struct Reach {
    /// Nothing of the lab answers, which hides nothing from who has no grants.
    sight: Option<Sight>,
}

impl Reach {
    /// # Errors
    /// That no cluster can be seen, where grants must be held against it.
    pub async fn of(cx: &Cx) -> Result<Self, Trouble> {
        match cx.sight(None).await {
            Ok(sight) => Ok(Self { sight: Some(sight) }),
            Err(_) if cx.actor.grants.is_empty() => Ok(Self { sight: None }),
            Err(why) => Err(why),
        }
    }

    pub fn has(&self, cx: &Cx, key: &ResourceKey) -> bool {
        match key {
            ResourceKey::Node(_, node) => cx.reaches(Touches { pool: None, node: Some(node) }),
            ResourceKey::Guest(cluster, vmid) => {
                let mut guests = self.sight.iter().flat_map(Sight::guests);
                let guest = guests.find(|g| g.cluster == *cluster && g.vmid == *vmid);
                cx.reaches(guest.map_or(Touches { pool: None, node: None }, policy::touches))
            }
            _ => true,
        }
    }

    /// All nodes within reach.
    pub fn nodes(&self, cx: &Cx) -> Vec<(ResourceKey, String)> {
        let nodes = self.sight.iter().flat_map(Sight::nodes);
        let all = nodes.map(|n| (ResourceKey::Node(n.cluster.clone(), n.name.clone()), n.name.to_string()));
        all.filter(|(key, _)| self.has(cx, key)).collect()
    }
}
