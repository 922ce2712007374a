//! `[matrix]`.

use super::{Place, error};
use crate::config::{MatrixSection, MatrixSignIn};
use direttore_domain::Role;

const MATRIX: &str = "[matrix]\nhomeserver = 'https://matrix.example.org/'\nuser_id = '@bot:example.org'\n";

fn matrix(more: &str) -> MatrixSection {
    Place::with(&format!("{MATRIX}{more}")).config(&[]).matrix.expect("there is a section")
}

fn wrong(more: &str) -> String {
    error(&format!("{MATRIX}{more}\n"))
}

#[test]
fn a_bot_with_its_defaults() {
    assert_eq!(Place::with("").config(&[]).matrix, None);
    let bot = matrix("password = 's3cret'\n");
    assert_eq!((bot.homeserver.as_str(), bot.user.as_str()), ("https://matrix.example.org", "@bot:example.org"));
    assert!(matches!(&bot.sign_in, MatrixSignIn::Password(password) if password.reveal() == "s3cret"));
    assert!(bot.folder.is_absolute() && bot.folder.ends_with("data/matrix"), "{}", bot.folder.display());
    assert_eq!((bot.bare_commands, bot.descriptions, bot.direct), (true, false, true));
    assert!(bot.rooms.is_empty() && bot.users.is_empty() && bot.power.is_empty());
}

#[test]
#[cfg(feature = "matrix")]
fn the_defaults_are_those_of_the_surface() {
    let (bot, paces) = (matrix("password = 'x'\n"), direttore_matrix::Paces::default());
    assert_eq!((bot.edit, bot.edit_long, bot.long, bot.look), (paces.edit, paces.edit_long, paces.long, paces.look));
    assert_eq!((bot.lead, bot.live, bot.mirror, bot.sign), (paces.lead, paces.live, paces.mirror, paces.sign));
    assert_eq!(bot.reconnect, paces.back_off);
}

#[test]
fn roles_and_rooms() {
    let bot = matrix(
        "access_token = 'syt_x'\ndevice_id = 'D1'\nrooms = ['#ops:example.org', '!abc', '!def:example.org']\n\
         [matrix.users]\n'@alice:example.org' = 'Admin'\n[matrix.members]\n'!abc' = 'viewer'\n\
         [matrix.power]\n'#ops:example.org' = 'operator'\n",
    );
    assert!(matches!(&bot.sign_in, MatrixSignIn::Token { device: Some(device), .. } if device == "D1"));
    assert_eq!(bot.users, [("@alice:example.org".to_owned(), Role::Admin)]);
    assert_eq!(bot.members, [("!abc".to_owned(), Role::Viewer)]);
    assert_eq!(bot.power, [("#ops:example.org".to_owned(), Role::Operator)]);
}

#[test]
fn what_is_wrong_is_said() {
    for (more, says) in [
        ("", "right would be matrix.password, or matrix.access_token"),
        ("password = 'a'\naccess_token = 'b'", "are both given"),
        ("password = 'a'\ndevice_id = 'D'", "matrix.device_id is the device of an access token"),
        ("password = 'a'\nrooms = ['ops']", "matrix.rooms has \"ops\"; right would be a room's id or alias"),
        ("password = 'a'\nops_room = '@a:b'", "matrix.ops_room = \"@a:b\"; right would be a room's id or alias"),
        ("password = 'a'\nreconnect_max_ms = 10", "matrix.reconnect_max_ms is less than"),
        ("password = 'a'\n[matrix.users]\n'alice' = 'admin'", "matrix.users has \"alice\"; right would be lines like"),
        ("password = 'a'\n[matrix.users]\n'@a:b' = 'root'", "right would be admin, operator or viewer"),
        ("password = 'a'\n[matrix.power]\n'!abc' = 'admin'", "which is not in matrix.rooms"),
        ("password = 'a'\ncolour = 'red'", "there is no key \"colour\""),
    ] {
        assert!(wrong(more).contains(says), "{more}: {}", wrong(more));
    }
    assert!(error("[matrix]\nuser_id = 'bot'\nhomeserver = 'h'\npassword = 'a'").contains("the bot's user id"));
    assert!(error("[matrix]\nhomeserver = 'ftp://h'").contains("the homeserver's URL"));
}

#[test]
fn a_place_in_matrix_needs_it() {
    let place = "[channels]\nops = 'matrix:#ops:example.org'\n";
    assert!(error(place).contains("is in Matrix, which is not configured"), "{}", error(place));
    let there = Place::with(&format!("{MATRIX}password = 'x'\n{place}")).config(&[]);
    assert_eq!(there.channels["ops"].channel, "#ops:example.org");
}
