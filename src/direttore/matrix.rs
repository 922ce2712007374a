//! Matrix, from what the configuration says of it. Built without it there is none, and the configuration has no such
//! section.

use crate::{config::Config, exit::Exit};
use direttore_core::{RoleMaps, dispatch::Dispatch, handlers::Finding};
use direttore_domain::{Origin, Surface};
use std::sync::Arc;

/// Where a card is put for each change of shared state.
pub fn cards(config: &Config) -> Vec<Origin> {
    let room = config.matrix.as_ref().and_then(|section| section.ops_room.clone());
    room.into_iter().map(|channel| Origin { surface: Surface::Matrix, channel }).collect()
}

#[cfg(not(feature = "matrix"))]
mod surface {
    use super::{Arc, Config, Dispatch, Exit, Finding, RoleMaps};

    /// There is none.
    pub enum Bot {}

    impl Bot {
        pub fn new(_: &Config, _: &Arc<Dispatch>) -> Result<Option<Self>, Exit> {
            Ok(None)
        }

        pub fn start(&self) {}

        pub async fn stop(&self) {}
    }

    pub fn roles(_: &Config) -> RoleMaps {
        RoleMaps::default()
    }

    pub async fn check(_: &Config) -> Vec<Finding> {
        vec![]
    }
}

#[cfg(feature = "matrix")]
mod surface {
    use super::{Arc, Config, Dispatch, Exit, Finding, RoleMaps};
    use crate::config::{MatrixSection, MatrixSignIn, Secret};
    use direttore_matrix::{Matrix, Paces, PowerRule, Settings, SignIn};

    pub struct Bot(Matrix);

    impl Bot {
        /// `None` when Matrix is not configured.
        pub fn new(config: &Config, dispatch: &Arc<Dispatch>) -> Result<Option<Self>, Exit> {
            let Some(section) = &config.matrix else { return Ok(None) };
            let matrix = Matrix::new(settings(section), Arc::clone(dispatch));
            matrix.map(|matrix| Some(Self(matrix))).map_err(|e| Exit::failed(format!("matrix: {e}")))
        }

        pub fn start(&self) {
            self.0.start();
        }

        pub async fn stop(&self) {
            self.0.stop().await;
        }
    }

    fn settings(section: &MatrixSection) -> Settings {
        let shown = |secret: &Secret| secret.reveal().to_owned();
        let section = section.clone();
        Settings {
            homeserver: section.homeserver,
            user: section.user,
            sign_in: match section.sign_in {
                MatrixSignIn::Password(password) => SignIn::Password(shown(&password)),
                MatrixSignIn::Token { token, device } => SignIn::Token { token: shown(&token), device },
            },
            folder: section.folder,
            passphrase: section.passphrase.as_ref().map(shown),
            recovery_key: section.recovery_key.as_ref().map(shown),
            device_name: section.device_name,
            rooms: section.rooms,
            direct: section.direct,
            ops_room: section.ops_room,
            audit_room: section.audit_room,
            bare_commands: section.bare_commands,
            descriptions: section.descriptions,
            users: section.users,
            members: section.members,
            power: section.power.into_iter().map(|(room, cap)| PowerRule { room, cap }).collect(),
            paces: Paces {
                edit: section.edit,
                edit_long: section.edit_long,
                long: section.long,
                look: section.look,
                lead: section.lead,
                live: section.live,
                mirror: section.mirror,
                sign: section.sign,
                back_off: section.reconnect,
            },
        }
    }

    /// Which roles people have by who they are, and by their rooms.
    pub fn roles(config: &Config) -> RoleMaps {
        RoleMaps(config.matrix.iter().flat_map(|section| direttore_matrix::roles::maps(&settings(section))).collect())
    }

    /// What `direttore check` finds; nothing when Matrix is not configured.
    pub async fn check(config: &Config) -> Vec<Finding> {
        let Some(section) = &config.matrix else { return vec![] };
        let finding = |found: direttore_matrix::Finding| Finding {
            connection: "Matrix".to_owned(),
            check: found.check,
            ok: found.ok,
            result: found.result,
            advice: found.advice,
            whole: vec![],
        };
        direttore_matrix::check(&settings(section)).await.into_iter().map(finding).collect()
    }
}

pub use surface::{Bot, check, roles};
