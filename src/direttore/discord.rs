//! Discord, from what the configuration says of it.

use crate::config::{Config, DiscordSection};
use direttore_core::{RoleMaps, handlers::Finding};
use direttore_discord::{Paces, Settings, StandIn};
use direttore_domain::{Origin, Surface};

pub fn settings(section: &DiscordSection) -> Settings {
    Settings {
        token: section.token.reveal().to_owned(),
        application: section.application,
        guild: section.guild,
        public_key: section.public_key,
        delivery: section.delivery,
        ops_channel: section.ops_channel,
        audit_channel: section.audit_channel,
        stand_in: section.stand_in.as_ref().map(|s| StandIn { addr: s.addr, ca_pem: s.ca_pem.clone() }),
        paces: Paces {
            edit: section.edit,
            edit_long: section.edit_long,
            long: section.long,
            look: section.look,
            lead: section.lead,
            complete: section.complete,
            live: section.live,
            mirror: section.mirror,
            back_off: section.reconnect,
        },
    }
}

/// Which roles its roles give.
pub fn roles(config: &Config) -> RoleMaps {
    let sections = config.discord.iter().flat_map(|section| &section.roles);
    RoleMaps(sections.map(|(id, role)| (Surface::Discord, id.to_string(), *role)).collect())
}

/// Where a card is put for each change of shared state.
pub fn cards(config: &Config) -> Vec<Origin> {
    let channel = config.discord.as_ref().and_then(|section| section.ops_channel);
    channel.into_iter().map(|id| Origin { surface: Surface::Discord, channel: id.to_string() }).collect()
}

/// What `direttore check` finds; nothing when Discord is not configured.
pub async fn check(config: &Config) -> Vec<Finding> {
    let Some(section) = &config.discord else { return vec![] };
    let roles: Vec<String> = section.roles.keys().map(ToString::to_string).collect();
    let found = direttore_discord::check(&settings(section), &roles).await;
    let finding = |found: direttore_discord::Finding| Finding {
        connection: "Discord".to_owned(),
        check: found.check,
        ok: found.ok,
        result: found.result,
        advice: found.advice,
        whole: vec![],
    };
    found.into_iter().map(finding).collect()
}
