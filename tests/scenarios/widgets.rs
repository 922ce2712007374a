//! The wizard for surfaces where each question is a widget of its own: set, find, and another look.

use super::{
    member::{Member, OPERATORS, VIEWERS, rules},
    story::{PATIENCE, Story, fresh, lab_settings, on_both_by_rules},
};
use crate::support::postgres;
use direttore_core::dispatch::What;
use direttore_reply::{Question, Reply};
use direttore_sim::Settings as SimSettings;
use insta::assert_snapshot;

fn set(on: &str, key: &str, value: &str) -> What {
    What::Set { on: on.to_owned(), values: vec![(key.to_owned(), value.to_owned())] }
}

fn find(on: &str, key: &str, part: &str) -> What {
    What::Find { on: on.to_owned(), key: key.to_owned(), part: part.to_owned() }
}

fn look(on: &str) -> What {
    What::Look { on: on.to_owned() }
}

fn question<'a>(reply: &'a Reply, key: &str) -> &'a Question {
    reply.form.as_ref().expect("a form").ask.iter().find(|ask| ask.key == key).expect("that question")
}

/// The same page, whatever its question is called in the database.
fn page(reply: &Reply) -> Reply {
    Reply { id: String::new(), replaces: None, ..reply.clone() }
}

#[tokio::test]
async fn an_answer_that_is_set_stays_and_so_does_the_page() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[OPERATORS]);
        let first = ann.says(s, "/provision vm").await.remove(0);
        let second = ann.does(s, "(node: pve2)", set(&first.id, "node", "pve2")).await.remove(0);
        assert_eq!(second.replaces.as_ref(), Some(&first.id));
        assert_eq!(question(&second, "node").value.as_deref(), Some("pve2"));
        s.note("the one before is answered");
        ann.does(s, "(node: pve1)", set(&first.id, "node", "pve1")).await;
        s.note("what cannot be is said on the page, and not kept");
        let third = ann.does(s, "(node: pve 9)", set(&second.id, "node", "pve 9")).await.remove(0);
        assert!(question(&third, "node").error.is_some());
        ann.presses(s, "Next").await;
        ann.presses(s, "Cancel").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    @ann  /provision vm
       Make a new VM, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Where (1 of 6)
         node: The node that will run it; the best one when empty
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    @ann  (node: pve2)
       Make a new VM, with addresses from NetBox
       So far: provision vm node=pve2
       Where (1 of 6)
         node: The node that will run it; the best one when empty = pve2
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    -- the one before is answered
    @ann  (node: pve1)
       refused: this was answered already (answered-already)
    -- what cannot be is said on the page, and not kept
    @ann  (node: pve 9)
       refused: node: "pve 9" is no node name (bad-value)
       right would be letters, digits and inner hyphens, like pve1
       Where (1 of 6)
         node: The node that will run it; the best one when empty = pve2
             one of <nodes>
             wrong: node: "pve 9" is no node name
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    @ann  [Next]
       Make a new VM, with addresses from NetBox
       So far: provision vm node=pve2
       Guest template (2 of 6)
         template: A cloud-init template VM to clone, an ISO, or none
             like ubuntu-24-cloud (template VM on pve2), debian-13.1.0-amd64-netinst.iso (ISO on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    @ann  [Cancel]
       cancelled; nothing was done
       /provision vm node=pve2 asks again.
    "#);
}

#[tokio::test]
async fn a_look_changes_nothing() {
    on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[OPERATORS]);
        let first = ann.asks(s, "/provision vm node=pve2").await.remove(0);
        for what in [look(&first.id), find(&first.id, "node", ""), look(&first.id)] {
            let again = ann.does(s, "looks", what).await.remove(0);
            assert_eq!((page(&again), again.id.as_str()), (page(&first), first.id.as_str()));
        }
        s.restart();
        let again = ann.does(s, "looks", look(&first.id)).await.remove(0);
        assert_eq!(page(&again).form, first.form);
        s.note("it is still the page to be answered");
        let next = ann.does(s, "next", What::Press { on: first.id.clone(), label: "Next".to_owned() }).await;
        assert_eq!(next[0].replaces.as_ref(), Some(&first.id));
        let late = ann.does(s, "looks", look(&first.id)).await;
        assert_eq!(late[0].code.as_deref(), Some("answered-already"));
    })
    .await;
}

/// A form, a typed name and an alias can be looked at; a question with buttons alone has nothing to show.
#[tokio::test]
async fn every_form_can_be_looked_at_and_only_pages_be_set() {
    on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[super::member::ADMINS]);
        ann.asks(s, "/alias add off \"/power stop {guest} reason={why}\"").await;
        for (line, is_page) in [("/alias add", true), ("/off", false), ("/guest delete web1", false)] {
            let first = ann.asks(s, line).await.remove(0);
            let again = ann.does(s, "looks", look(&first.id)).await.remove(0);
            assert_eq!((&again.form, &again.actions, &again.id), (&first.form, &first.actions, &first.id), "{line}");
            let key = first.form.expect("a form").ask[0].key.clone();
            let answer = ann.does(s, "sets", set(&first.id, &key, "web1")).await.remove(0);
            assert_eq!(answer.code.as_deref(), if is_page { None } else { Some("nothing-open") }, "{line}");
            assert!(!is_page || question(&answer, &key).value.as_deref() == Some("web1"), "{line}");
        }
        let yes = ann.asks(s, "/power stop web1").await.remove(0);
        for what in [look(&yes.id), set(&yes.id, "name", "web1")] {
            assert_eq!(ann.does(s, "looks", what).await[0].code.as_deref(), Some("nothing-open"));
        }
        assert!(s.settle().await.is_empty(), "nothing of it was done");
    })
    .await;
}

#[tokio::test]
async fn only_the_asker_sets_finds_and_looks() {
    on_both_by_rules(rules, async |s| {
        let (ann, bob) = (Member::new("42", "ann", &[OPERATORS]), Member::new("43", "bob", &[OPERATORS]));
        let first = ann.asks(s, "/provision vm").await.remove(0);
        let (set, find, look) = (set(&first.id, "node", "pve2"), find(&first.id, "node", "pve"), look(&first.id));
        for what in [&set, &find, &look] {
            let refused = bob.does(s, "tries", what.clone()).await.remove(0);
            assert_eq!((refused.code.as_deref(), &refused.form), (Some("not-the-asker"), &None));
        }
        s.note("nor she herself, once her role is gone");
        for what in [&set, &find, &look] {
            let refused = ann.with(&[VIEWERS]).does(s, "tries", what.clone()).await.remove(0);
            assert_eq!((refused.code.as_deref(), &refused.form), (Some("not-allowed"), &None));
        }
        assert_eq!(ann.does(s, "looks", look).await[0].form, first.form);
    })
    .await;
}

/// More than a widget holds is counted, and found by a part of it.
#[tokio::test]
async fn choices_are_found_in_a_large_lab() {
    postgres::on_both(async |store| {
        let large = SimSettings { nodes: 50, guests: 10_000, ..lab_settings() };
        let s = Story::with_all(store, large, fresh(), None, rules()).await;
        // A busy machine may not make so long a list in the time that stories have for an answer.
        let seen = async { while s.cluster.refresh().await.is_err() {} };
        tokio::time::timeout(PATIENCE, seen).await.expect("the lab answers at last");
        let ann = Member::new("42", "ann", &[OPERATORS]);
        let first = ann.asks(&s, "/provision vm").await.remove(0);
        let shown = |reply: &Reply| (question(reply, "node").choices.len(), question(reply, "node").more);
        assert_eq!(shown(&first), (25, 25));
        let found = ann.does(&s, "finds pve4", find(&first.id, "node", " PVE4")).await.remove(0);
        let mut nodes = question(&found, "node").choices.clone();
        nodes.sort();
        let wanted = ["4", "40", "41", "42", "43", "44", "45", "46", "47", "48", "49"].map(|n| format!("pve{n}"));
        assert_eq!((nodes.as_slice(), question(&found, "node").more), (wanted.as_slice(), 0));
        assert_eq!(question(&found, "cluster").choices, ["lab"], "the others stay whole");
        let none = ann.does(&s, "finds nothing", find(&first.id, "node", "nowhere")).await.remove(0);
        assert_eq!(shown(&none), (0, 0));
        let set = ann.does(&s, "takes pve44", set(&first.id, "node", "pve44")).await.remove(0);
        assert_eq!((shown(&set), question(&set, "node").value.as_deref()), ((25, 25), Some("pve44")));
        s.end().await;
    })
    .await;
}
