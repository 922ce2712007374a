//! Every command, said by every role: refused or not, and why.

use super::story::on_sqlite;
use direttore_catalog::catalog;
use insta::assert_snapshot;

#[tokio::test]
async fn who_may_say_what() {
    let mut table = String::new();
    let story = std::sync::Mutex::new(Vec::new());
    on_sqlite(async |s| {
        for command in catalog().commands() {
            let mut row = format!("{:<20}", command.path);
            for who in ["admin", "operator", "viewer", "stranger"] {
                // Without its options: what comes first is whether the asker may say it at all.
                let replies = s.say(who, &format!("/{}", command.path)).await;
                let code = replies[0].code.clone().unwrap_or_default();
                let refused = code == "not-allowed";
                row += if refused { " no      " } else { " yes     " };
            }
            story.lock().expect("one thread").push(row.trim_end().to_owned());
        }
    })
    .await;
    for row in story.into_inner().expect("one thread") {
        table += format!("{row}\n").as_str();
    }
    assert_snapshot!(table, @r#"
    alert ack            yes      yes      no       no
    alert list           yes      yes      yes      no
    alert show           yes      yes      yes      no
    alert silence        yes      yes      no       no
    alias add            yes      yes      yes      no
    alias list           yes      yes      yes      no
    alias remove         yes      yes      yes      no
    audit                yes      no       no       no
    device accept-key    yes      yes      no       no
    device approve       yes      yes      no       no
    device backup        yes      yes      no       no
    device confirm       yes      yes      no       no
    device diff          yes      yes      yes      no
    device discover      yes      yes      yes      no
    device drift         yes      yes      yes      no
    device history       yes      yes      yes      no
    device push          yes      yes      no       no
    device reject        yes      yes      no       no
    device render        yes      yes      yes      no
    device rollback      yes      yes      no       no
    device run           yes      yes      yes      no
    grant add            yes      no       no       no
    grant list           yes      no       no       no
    grant remove         yes      no       no       no
    group add            yes      no       no       no
    group create         yes      no       no       no
    group delete         yes      no       no       no
    group list           yes      no       no       no
    group remove         yes      no       no       no
    guest backup         yes      yes      no       no
    guest clone          yes      yes      no       no
    guest delete         yes      no       no       no
    guest list           yes      yes      yes      no
    guest migrate        yes      yes      no       no
    guest owner          yes      yes      yes      no
    guest resize         yes      yes      no       no
    guest restore        yes      yes      no       no
    guest show           yes      yes      yes      no
    help                 yes      yes      yes      yes
    inventory device     yes      yes      yes      no
    inventory devices    yes      yes      yes      no
    ipam addresses       yes      yes      yes      no
    ipam allocate        yes      yes      no       no
    ipam check           yes      yes      yes      no
    ipam prefixes        yes      yes      yes      no
    ipam release         yes      yes      no       no
    ipam vlans           yes      yes      yes      no
    job cancel           yes      yes      yes      no
    job list             yes      yes      yes      no
    job retry            yes      yes      yes      no
    job show             yes      yes      yes      no
    key add              yes      yes      yes      no
    key list             yes      yes      yes      no
    key remove           yes      yes      yes      no
    lab check            yes      yes      yes      no
    lab status           yes      yes      yes      no
    link                 yes      yes      yes      yes
    node list            yes      yes      yes      no
    node reboot          yes      no       no       no
    node show            yes      yes      yes      no
    node shutdown        yes      no       no       no
    power reboot         yes      yes      no       no
    power reset          yes      yes      no       no
    power resume         yes      yes      no       no
    power shutdown       yes      yes      no       no
    power start          yes      yes      no       no
    power stop           yes      yes      no       no
    power suspend        yes      yes      no       no
    provision container  yes      yes      no       no
    provision vm         yes      yes      no       no
    reserve approve      yes      yes      no       no
    reserve calendar     yes      yes      yes      no
    reserve cancel       yes      yes      no       no
    reserve change       yes      yes      no       no
    reserve check-in     yes      yes      no       no
    reserve extend       yes      yes      no       no
    reserve feed         yes      yes      yes      no
    reserve list         yes      yes      yes      no
    reserve maintenance  yes      no       no       no
    reserve new          yes      yes      no       no
    reserve reject       yes      yes      no       no
    reserve release      yes      yes      no       no
    reserve show         yes      yes      yes      no
    reserve take         yes      yes      no       no
    reserve wait         yes      yes      no       no
    resource add         yes      no       no       no
    resource edit        yes      no       no       no
    resource list        yes      yes      yes      no
    resource remove      yes      no       no       no
    snapshot create      yes      yes      no       no
    snapshot delete      yes      yes      no       no
    snapshot list        yes      yes      yes      no
    snapshot rollback    yes      yes      no       no
    token list           yes      yes      yes      no
    token new            yes      yes      yes      no
    token revoke         yes      yes      yes      no
    user create          yes      no       no       no
    user delete          yes      no       no       no
    user disable         yes      no       no       no
    user list            yes      no       no       no
    user password        yes      yes      yes      no
    user role            yes      no       no       no
    whoami               yes      yes      yes      yes
    "#);
}
