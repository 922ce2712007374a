//! Pictures beside replies: where they can be seen, and only there. `DIRETTORE_PICTURES=<folder>` keeps them, to be
//! looked at.

use super::story::{Story, on_both, on_sqlite};
use direttore_domain::Surface;
use direttore_reply::{Attachment, Reply};

/// The one picture of the one reply.
pub fn picture(replies: &[Reply]) -> &Attachment {
    let [Reply { attachments, .. }] = replies else { panic!("one reply: {replies:?}") };
    let [picture] = &attachments[..] else { panic!("one picture: {}", attachments.len()) };
    assert_eq!(picture.media_type, "image/png");
    assert!(picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n") && picture.bytes.ends_with(b"IEND\xaeB`\x82"));
    if let Some(folder) = std::env::var_os("DIRETTORE_PICTURES") {
        let name =
            format!("{}_{}", replies[0].title_plain().replace(|c: char| !c.is_alphanumeric(), "-"), picture.name);
        std::fs::write(std::path::Path::new(&folder).join(name), &picture.bytes).expect("a folder");
    }
    picture
}

/// Without what names the moment and the reply.
fn words(reply: &Reply) -> (String, usize, Vec<String>) {
    let fields = reply.fields.iter().map(|f| f.name.clone()).collect();
    (reply.title_plain(), reply.table.as_ref().map_or(0, |t| t.rows.len()), fields)
}

async fn at_the_console(s: &Story, line: &str) -> Reply {
    let replies = s.ask("viewer", line).await;
    let [reply] = &replies[..] else { panic!("one reply: {replies:?}") };
    assert_eq!(reply.attachments, [], "the console shows no pictures");
    reply.clone()
}

#[tokio::test]
async fn the_lab_and_a_guest_are_drawn_where_pictures_can_be_seen() {
    on_both(async |s| {
        for surface in [Surface::Discord, Surface::Matrix] {
            let lab = s.ask_on(surface, "viewer", "/lab status").await;
            assert_eq!(picture(&lab).name, "lab_status.png");
            let alt = &picture(&lab).alt;
            assert!(alt.starts_with("lab: 3 of 3 nodes online, ") && alt.contains("\npve2 online: CPU "), "{alt}");
            assert_eq!(words(&lab[0]), words(&at_the_console(s, "/lab status").await), "the words are the same");
            let guest = s.ask_on(surface, "viewer", "/guest show web1").await;
            assert_eq!(picture(&guest).name, "guest_chart.png");
            let alt = &picture(&guest).alt;
            assert!(alt.starts_with("web1 (101) is running: VM on pve2, lab. CPU and memory of the last hour until "));
            assert!(alt.contains("\nCPU of 1 core: latest ") && alt.contains("\nMemory of 4 GiB: latest "), "{alt}");
            assert_eq!(words(&guest[0]), words(&at_the_console(s, "/guest show web1").await));
        }
        let stopped = s.ask_on(Surface::Discord, "viewer", "/guest show db2").await;
        let alt = &picture(&stopped).alt;
        assert!(alt.contains(" is stopped: ") && alt.contains("CPU and memory of the last day until "), "{alt}");
        assert!(alt.contains("There is no data of its CPU."), "{alt}");
        let program = s.ask_on(Surface::Http, "viewer", "/lab status").await;
        assert_eq!(program[0].attachments, [], "programs get words");
    })
    .await;
}

#[tokio::test]
async fn without_its_data_the_picture_is_left_out_and_nothing_else() {
    on_sqlite(async |s| {
        let whole = s.ask_on(Surface::Discord, "viewer", "/guest show web1").await;
        for fault in ["status=500", "garbage", "hang"] {
            s.lab(&format!("{fault} on=\"GET rrddata\""));
            at_the_console(s, "/guest show web1").await;
            assert_eq!(s.sim.waiting(), 1, "the console does not ask for it");
            let replies = s.ask_on(Surface::Discord, "viewer", "/guest show web1").await;
            assert_eq!(s.sim.waiting(), 0);
            assert_eq!(replies[0].attachments, [], "{fault}");
            assert_eq!(words(&replies[0]), words(&whole[0]), "{fault}");
            assert!(!replies[0].text_plain().contains("Not seen"), "{fault}: {}", replies[0].text_plain());
        }
        let template = s.ask_on(Surface::Discord, "viewer", "/guest show debian-13-cloud").await;
        assert_eq!(template[0].attachments, [], "a template has no load");
    })
    .await;
}
