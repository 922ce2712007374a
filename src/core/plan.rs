//! What a handler makes of a command: something to say, or a plan to carry out.

use crate::{
    alerts::AlertDeed,
    devices::{Body, PushWish},
    jobs::steps::{HoldPlan, Step},
    reserve::{Deed, Stock},
};
use direttore_domain::{
    AccountName, AliasName, ClusterName, Grant, GroupName, Identity, Instant, JobId, KeyName, LinkCode, NodeName,
    Origin, PushId, Role, TokenKind, TokenName, Vmid,
};
use direttore_reply::Values;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;

/// A reply template and its data.
#[derive(Debug, Clone, Serialize)]
pub struct Say {
    pub template: &'static str,
    pub data: Value,
    /// In place of the data, of a list that is asked for so often that the way by JSON counts.
    pub values: Option<Values>,
    /// Set for a list that has more pages.
    pub pages: Option<Pages>,
    /// Says the same to the eye, where the surface shows pictures.
    pub picture: Option<Picture>,
    /// The whole of a text of which the reply shows the begin.
    pub file: Option<TextFile>,
    /// Lines that the asker may want to say next, each under its button. A list of several pages has none.
    pub offers: Vec<(&'static str, String)>,
}

/// A picture's template, and its data.
#[derive(Debug, Clone, Serialize)]
pub struct Picture {
    pub template: &'static str,
    pub data: Value,
}

/// A text for its own sake.
#[derive(Debug, Clone, Serialize)]
pub struct TextFile {
    pub name: String,
    pub text: String,
    /// What it is, in a few words.
    pub about: String,
}

/// Where in a list one is, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pages {
    pub page: usize,
    pub of: usize,
}

impl Say {
    pub fn new(template: &'static str, data: Value) -> Self {
        Self { template, data, values: None, pages: None, picture: None, file: None, offers: vec![] }
    }

    pub fn with_offers(mut self, offers: Vec<(&'static str, String)>) -> Self {
        self.offers = offers;
        self
    }

    pub fn with_file(mut self, file: Option<TextFile>) -> Self {
        self.file = file;
        self
    }

    pub fn with_picture(mut self, picture: Option<Picture>) -> Self {
        self.picture = picture;
        self
    }
}

/// Rows of a page of a list.
pub const PAGE: usize = 10;

/// One page of rows, with the words that every list template shows: `page`, `of`, `total`.
pub fn page_of<T>(rows: &[T], page: usize) -> (&[T], Pages) {
    let pages = Pages::of(rows.len(), page);
    let start = (pages.page - 1) * PAGE;
    (&rows[start.min(rows.len())..(start + PAGE).min(rows.len())], pages)
}

impl Pages {
    /// The page nearest to the one that is asked for.
    pub fn of(rows: usize, page: usize) -> Self {
        let of = rows.div_ceil(PAGE).max(1);
        Self { page: page.clamp(1, of), of }
    }
}

/// A change of our own records, made in one transaction with its audit row.
#[derive(Debug, Clone, Serialize)]
pub enum Change {
    CreateAccount {
        name: AccountName,
        role: Option<Role>,
        /// Of the password; without one a password is made when it is carried out, and shown once.
        #[serde(skip)]
        hash: Option<Hashed>,
    },
    SetRole {
        account: i64,
        name: AccountName,
        role: Option<Role>,
    },
    SetDisabled {
        account: i64,
        name: AccountName,
        disabled: bool,
    },
    DeleteAccount {
        account: i64,
        name: AccountName,
    },
    /// Likewise.
    NewPassword {
        account: i64,
        name: AccountName,
        #[serde(skip)]
        hash: Option<Hashed>,
    },
    /// A code is made when it is carried out, and shown once.
    NewLinkCode {
        account: i64,
    },
    /// The identity becomes the account's that the code is for.
    UseLinkCode {
        #[serde(skip)]
        code: LinkCode,
        identity: Identity,
    },
    SetZone {
        account: i64,
        zone: String,
    },
    AddGrant(Grant),
    RemoveGrant {
        id: i64,
    },
    CreateGroup(GroupName),
    DeleteGroup(GroupName),
    AddMember {
        group: GroupName,
        account: i64,
    },
    RemoveMember {
        group: GroupName,
        account: i64,
    },
    AddAlias {
        owner: Option<i64>,
        name: AliasName,
        line: String,
    },
    RemoveAlias {
        owner: Option<i64>,
        name: AliasName,
    },
    SetOwner {
        cluster: ClusterName,
        vmid: Vmid,
        mark: String,
        account: i64,
    },
    AddKey {
        account: i64,
        name: KeyName,
        public_key: String,
    },
    RemoveKey {
        account: i64,
        name: KeyName,
    },
    /// Boxed in itself: a booking is long.
    Reserve(Deed),
    /// A secret is made when it is carried out, and shown once.
    NewToken {
        account: i64,
        kind: TokenKind,
        name: TokenName,
        scope: String,
        expires: Option<Instant>,
        /// What is done with it is told there.
        told: Origin,
    },
    RevokeToken {
        account: i64,
        name: TokenName,
    },
    /// Of what can be reserved.
    Stock(Box<Stock>),
    /// Of alerts and silences.
    Alert(AlertDeed),
    /// Of what network devices are to be told.
    Push(PushDeed),
    /// From now on the device is known by this key.
    AcceptKey {
        peer: String,
        device: String,
        fingerprint: String,
        key: Option<String>,
    },
    CancelJob(JobId),
    RetryJob(JobId),
}

/// What becomes of a push.
#[derive(Debug, Clone, Serialize)]
pub enum PushDeed {
    /// It is written down: for the plan's job, or until a second person says yes.
    Ask {
        wish: PushWish,
        targets: Vec<PushTarget>,
        needs_yes: bool,
    },
    /// A second person says yes: the plan's job is enqueued for it.
    Approve {
        id: PushId,
    },
    Reject {
        id: PushId,
    },
}

/// One device of a push.
#[derive(Debug, Clone, Serialize)]
pub struct PushTarget {
    /// In NetBox.
    pub device: i64,
    pub name: String,
    /// Of all that a yes is about.
    pub hash: String,
    /// Holds secrets; the hash speaks for it.
    #[serde(skip)]
    pub body: Body,
    /// Masked.
    #[serde(skip)]
    pub diff: String,
}

/// Whose a job is, where it is not the asker's.
#[derive(Debug, Clone, Serialize)]
pub struct Behalf {
    pub account_id: Option<i64>,
    pub actor: String,
    /// Where its story is told.
    pub origin: Origin,
}

/// A password's hash, which is nobody's to read.
#[derive(Clone)]
pub struct Hashed(pub String);

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(…)")
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone, Serialize)]
pub struct JobPlan {
    /// What it does, as a clause: "start web1 (101)".
    pub title: String,
    /// Jobs on one subject run one after another: `lab/101`, `lab/node/pve1`.
    pub subject: String,
    pub steps: Vec<Step>,
    /// The node that a guest comes to by it: who has the node reserved says who may put guests there.
    pub placed_on: Option<(ClusterName, NodeName)>,
    /// Somebody else's: a second person only said yes to it.
    pub behalf: Option<Behalf>,
    /// Whether the guest gets the password that is derived from the job, which is shown once, to the asker.
    pub reveals_password: bool,
}

impl JobPlan {
    pub fn new(title: String, subject: String, steps: Vec<Step>) -> Self {
        Self { title, subject, steps, placed_on: None, behalf: None, reveals_password: false }
    }

    pub fn placed_on(self, cluster: &ClusterName, node: &NodeName) -> Self {
        Self { placed_on: Some((cluster.clone(), node.clone())), ..self }
    }

    /// A guest that it will make: name, number and quota are held in the transaction that enqueues it.
    pub fn hold(&self) -> Option<&HoldPlan> {
        self.steps.iter().find_map(|step| match step {
            Step::HoldGuest(hold) => Some(&hold.plan),
            _ => None,
        })
    }
}

/// What will be done once it is confirmed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it acts on, for the audit log.
    pub target: String,
    /// What is shown before `Yes`, or before the typed name.
    pub question: Say,
    /// The name to type, where the command asks for one.
    pub typed_name: Option<String>,
    /// State that was shown and decided upon; when it differs at `Yes`, the question is asked again.
    pub state: Value,
    pub changes: Vec<Change>,
    pub jobs: Vec<JobPlan>,
    /// Options that were chosen for the asker: the yes goes by them.
    pub settled: Vec<(String, Vec<String>)>,
    /// What is said after changes; jobs tell their own story. What a change yields (a password) joins its data.
    pub done: Option<Say>,
}

impl Plan {
    pub fn new(target: impl Into<String>, question: Say) -> Self {
        Self {
            target: target.into(),
            question,
            typed_name: None,
            state: Value::Null,
            changes: vec![],
            jobs: vec![],
            settled: vec![],
            done: None,
        }
    }

    /// A plan of changes alone, with what is said afterwards.
    pub fn change(target: impl Into<String>, question: Say, changes: Vec<Change>, done: Say) -> Self {
        Self { changes, done: Some(done), ..Self::new(target, question) }
    }

    /// Equal for plans that would do the same to the same state.
    pub fn fingerprint(&self) -> String {
        let content = json!([self.target, self.typed_name, self.state, self.changes, self.jobs]);
        Sha256::digest(content.to_string()).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// What a handler decides.
#[derive(Debug, Clone)]
pub enum Outcome {
    Say(Box<Say>),
    Do(Box<Plan>),
}

impl From<Say> for Outcome {
    fn from(say: Say) -> Self {
        Self::Say(Box::new(say))
    }
}

impl From<Plan> for Outcome {
    fn from(plan: Plan) -> Self {
        Self::Do(Box::new(plan))
    }
}
