//! Why something was not done: a refusal (the asker can fix it), a failure (the world said no), a bug (we are wrong).

use crate::{JobId, Permission, ReservationId, Role, WrongForm, text};

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Refusal(#[from] Refusal),
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error(transparent)]
    Bug(#[from] Bug),
}

/// Shown as it is: one sentence, a stable [`Refusal::code`], often a [`Refusal::hint`]. Values in it are made visible and shortened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no command {given:?}")]
    UnknownCommand { given: String, nearest: Option<String> },
    #[error("/{command} has no option {given:?}")]
    UnknownOption { command: String, given: String, nearest: Option<String>, has: Vec<String> },
    #[error("{option}: {given:?} is none of the values possible")]
    UnknownValue { option: String, given: String, nearest: Option<String>, possible: Vec<String> },
    #[error("{option}: {given:?} is no {what}")]
    BadValue { option: String, given: String, what: &'static str, right: String },
    #[error("{option} is missing")]
    MissingOption { option: String, right: String },
    #[error("{option} was given twice")]
    GivenTwice { option: String },
    #[error("{given:?} is one value too many for /{command}")]
    TooMany { command: String, given: String },
    #[error("the line ends inside a quotation: {given}")]
    OpenQuote { given: String },
    #[error("a line may have {max} characters, this one has {given}")]
    TooLong { given: usize, max: usize },
    #[error("no guest is called {given}")]
    NoSuchGuest { given: String, nearest: Option<String> },
    #[error("several guests are called {given}")]
    WhichGuest { given: String, several: Vec<String> },
    #[error("several clusters have a node {given}")]
    WhichNode { given: String, several: Vec<String> },
    #[error("several things are called {given}")]
    WhichResource { given: String, several: Vec<String> },
    /// A second person's yes, from somebody who cannot give it.
    #[error("{what} waits for somebody else's yes")]
    NotApprover { what: String },
    /// What a network device lacks to be talked to.
    #[error("{what} has {has}")]
    NotReady { what: String, has: String, right: String },
    #[error("{device} is not trusted: {why}")]
    HostKey { device: String, why: String },
    #[error("the template {name} does not render: {why}")]
    Template { name: String, why: String },
    #[error("the text is against the models of {models}: {why}")]
    AgainstModels { models: String, why: String },
    #[error("several devices are called {given}")]
    WhichDevice { given: String, several: Vec<String> },
    #[error("there is no {what} {given:?}")]
    NoSuch { what: &'static str, given: String, nearest: Option<String>, has: Vec<String> },
    #[error("{what} {given} exists already")]
    Exists { what: &'static str, given: String },
    #[error("{subject} cannot {verb}: {why}")]
    WrongState { subject: String, verb: String, why: String },
    #[error("this needs the permission {permission}, which the role {needs} has; {}", match .has { Some(r) => format!("you are {r}"), None => "you have no role".to_owned() })]
    NotAllowed { permission: Permission, needs: Role, has: Option<Role>, because: String },
    #[error("your grants do not cover {what}")]
    NotGranted {
        what: String,
        has: String,
        /// What a grant could say that would cover it; may be empty.
        would: Vec<String>,
    },
    #[error("the account {account} is disabled")]
    AccountDisabled { account: String },
    #[error("{what} belongs to {owner}")]
    NotYours { what: String, owner: String },
    #[error("only {asker} can answer this")]
    NotTheAsker { asker: String },
    #[error("this question has expired")]
    Expired { again: String },
    #[error("this was answered already")]
    Answered,
    #[error("there is no open question or form here")]
    NothingOpen,
    #[error("the name does not match: {given:?} is not {right}")]
    NameMismatch { given: String, right: String },
    #[error("at most {max} {what} at once, {given} fit")]
    TooManyAtOnce { what: &'static str, given: usize, max: usize },
    #[error("nothing fits {what}")]
    NothingFits { what: String },
    #[error("{prefix} has no free address left that a guest may have")]
    PrefixFull { prefix: String, others: Vec<String> },
    #[error("{what} is being made already, by {job}")]
    BeingMade { what: String, job: JobId },
    #[error("{what} is not set up here")]
    NotSetUp { what: &'static str, key: &'static str },
    #[error("this would be {needed} of {what}, and the quota of {who} is {limit}; {used} are in use")]
    OverQuota { who: String, what: &'static str, used: String, needed: String, limit: String },
    /// Somebody has a part of the window that is wanted.
    #[error("{when} is taken for {what}{}", match .by.as_slice() { [] => String::new(), by => format!(": {}", text::list(by)) })]
    Overlap {
        what: String,
        when: String,
        by: Vec<String>,
        /// Whose part comes first, with its title.
        first: Option<Box<(ReservationId, String)>>,
        ways: Vec<Way>,
    },
    /// A time that no clock shows, or shows twice.
    #[error("{option}: {why}")]
    WhichTime { option: String, why: String, ways: Vec<Way> },
    #[error("{option}: {why}")]
    BadTime { option: String, why: String, right: String },
    /// A rule is in the way, nobody else.
    #[error("{what}, and the limit is {limit}")]
    OverLimit { what: String, limit: String },
    /// Somebody else has it now.
    #[error("{what} is reserved: {}", text::list(by))]
    Reserved { what: String, by: Vec<String>, can_go_over: bool },
    #[error("{what} was changed meanwhile")]
    ChangedMeanwhile { what: String },
    #[error("the last administrator cannot be {done}")]
    LastAdmin { done: &'static str },
    #[error("name and password do not fit")]
    WrongPassword,
    /// Wrong, used or too old: which of them is told to nobody.
    #[error("this code does not work")]
    WrongCode,
    /// Whoever comes back from the identity provider was not sent there, or not from here.
    #[error("this sign-in was not begun in this browser, was used already, or is older than ten minutes")]
    WrongSignIn,
    #[error("the identity provider did not let you in: {why}")]
    SignInDenied { why: String },
    #[error("{who} has no role here")]
    NoRole { who: String, because: String },
    /// A name proves nothing: whoever has the account must say that it is theirs.
    #[error("the account name {account} is somebody's here already, and this sign-in is not linked to it")]
    NotLinked { account: String },
    /// A line that a script's reader cannot use.
    #[error("line {line}: {why}")]
    UnreadableLine { line: usize, why: String },
}

fn nearest_or(nearest: &Option<String>, otherwise: Option<String>) -> Option<String> {
    nearest.as_ref().map(|n| format!("did you mean {n}?")).or(otherwise)
}

/// Something else that the asker may mean: the same command with these options otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// As its button has it.
    pub label: String,
    /// Options with their new value, or without one.
    pub set: Vec<(String, Option<String>)>,
}

fn labels(ways: &[Way]) -> Vec<String> {
    ways.iter().map(|way| way.label.clone()).collect()
}

fn one_of(has: &[String]) -> Option<String> {
    let shown: Vec<String> = has.iter().take(12).cloned().collect();
    let more = if has.len() > shown.len() { format!(" (and {} more)", has.len() - shown.len()) } else { String::new() };
    let verb = if has.len() == 1 { "is" } else { "are" };
    (!shown.is_empty()).then(|| format!("there {verb} {}{more}", text::list(&shown)))
}

impl Refusal {
    /// What the asker may mean instead, each of them a button.
    pub fn ways(&self) -> &[Way] {
        match self {
            Self::Overlap { ways, .. } | Self::WhichTime { ways, .. } => ways,
            _ => &[],
        }
    }

    /// From a value of an option that has not the right form.
    pub fn wrong_form(option: &str, wrong: &WrongForm) -> Self {
        Self::BadValue {
            option: option.to_owned(),
            given: wrong.given.clone(),
            what: wrong.what,
            right: wrong.right.to_owned(),
        }
    }

    /// Stable: programs may rely on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCommand { .. } => "unknown-command",
            Self::UnknownOption { .. } => "unknown-option",
            Self::UnknownValue { .. } => "unknown-value",
            Self::BadValue { .. } => "bad-value",
            Self::MissingOption { .. } => "missing-option",
            Self::GivenTwice { .. } => "given-twice",
            Self::TooMany { .. } => "too-many-values",
            Self::OpenQuote { .. } => "open-quote",
            Self::TooLong { .. } => "too-long",
            Self::NoSuchGuest { .. } => "no-such-guest",
            Self::WhichGuest { .. } => "which-guest",
            Self::WhichNode { .. } => "which-node",
            Self::WhichDevice { .. } => "which-device",
            Self::NotReady { .. } => "not-ready",
            Self::HostKey { .. } => "host-key",
            Self::Template { .. } => "template",
            Self::AgainstModels { .. } => "against-models",
            Self::WhichResource { .. } => "which-resource",
            Self::NotApprover { .. } => "not-approver",
            Self::NoSuch { what, .. } => match *what {
                "node" => "no-such-node",
                "cluster" => "no-such-cluster",
                "snapshot" => "no-such-snapshot",
                "account" => "no-such-account",
                "group" => "no-such-group",
                "grant" => "no-such-grant",
                "alias" => "no-such-alias",
                "job" => "no-such-job",
                "zone" => "no-such-zone",
                "prefix" => "no-such-prefix",
                "IP range" => "no-such-range",
                "VRF" => "no-such-vrf",
                "address" => "no-such-address",
                "device" => "no-such-device",
                "site" => "no-such-site",
                "storage" => "no-such-storage",
                "bridge" => "no-such-bridge",
                "guest template" => "no-such-template",
                "backup" => "no-such-backup",
                "key" => "no-such-key",
                "token" => "no-such-token",
                "disk" => "no-such-disk",
                "resource" => "no-such-resource",
                "device template" | "table template" => "no-such-template",
                "push" => "no-such-push",
                "version" => "no-such-version",
                "reservation" => "no-such-reservation",
                _ => "no-such-thing",
            },
            Self::Exists { .. } => "exists-already",
            Self::WrongState { .. } => "wrong-state",
            Self::NotAllowed { .. } => "not-allowed",
            Self::NotGranted { .. } => "not-granted",
            Self::AccountDisabled { .. } => "account-disabled",
            Self::NotYours { .. } => "not-yours",
            Self::NotTheAsker { .. } => "not-the-asker",
            Self::Expired { .. } => "expired",
            Self::Answered => "answered-already",
            Self::NothingOpen => "nothing-open",
            Self::NameMismatch { .. } => "name-mismatch",
            Self::TooManyAtOnce { .. } => "too-many-at-once",
            Self::NothingFits { .. } => "nothing-fits",
            Self::PrefixFull { .. } => "prefix-full",
            Self::BeingMade { .. } => "being-made",
            Self::NotSetUp { .. } => "not-set-up",
            Self::OverQuota { .. } => "over-quota",
            Self::Overlap { .. } => "conflict",
            Self::WhichTime { .. } => "which-time",
            Self::BadTime { .. } => "bad-time",
            Self::OverLimit { .. } => "over-limit",
            Self::Reserved { can_go_over: false, .. } => "reserved",
            Self::Reserved { can_go_over: true, .. } => "reason-needed",
            Self::ChangedMeanwhile { .. } => "changed-meanwhile",
            Self::LastAdmin { .. } => "last-admin",
            Self::WrongPassword => "wrong-password",
            Self::WrongCode => "wrong-code",
            Self::WrongSignIn => "wrong-sign-in",
            Self::SignInDenied { .. } => "sign-in-denied",
            Self::NoRole { .. } => "no-role",
            Self::NotLinked { .. } => "not-linked",
            Self::UnreadableLine { .. } => "unreadable-line",
        }
    }

    /// What now.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownCommand { nearest, .. } => nearest_or(nearest, Some("/help lists what you may say".into())),
            Self::UnknownOption { nearest, has, .. } => nearest_or(nearest, one_of(has)),
            Self::UnknownValue { nearest, possible, .. } => nearest_or(nearest, one_of(possible)),
            Self::NotReady { right, .. } => Some(format!("right would be {right}")),
            Self::HostKey { device, .. } => Some(format!(
                "if it was replaced on purpose, /device accept-key {device}; else somebody may stand in between"
            )),
            Self::BadValue { right, .. } | Self::MissingOption { right, .. } => Some(format!("right would be {right}")),
            Self::TooMany { .. } | Self::OpenQuote { .. } => Some("put text with spaces in double quotes".into()),
            Self::NoSuchGuest { nearest, .. } => nearest_or(nearest, Some("/guest list shows the guests".into())),
            Self::NotApprover { .. } => {
                Some("an administrator or an approver of the resource gives it, and nobody to their own".into())
            }
            Self::WhichGuest { several, .. } | Self::WhichResource { several, .. } => {
                Some(format!("say which: {}", text::list(several)))
            }
            Self::WhichDevice { several, .. } => Some(format!("say the number of one: {}", text::list(several))),
            Self::WhichNode { several, .. } => Some(format!(
                "nothing was done; {} have one, and a configuration per cluster tells them apart",
                text::list(several)
            )),
            Self::NoSuch { nearest, has, .. } => nearest_or(nearest, one_of(has)),
            Self::NotAllowed { because, .. } => {
                Some(format!("{because}; an administrator can change that (/user role)"))
            }
            Self::NotGranted { has, would, .. } => {
                let would = match would.as_slice() {
                    [] => String::new(),
                    some => format!("; {} would cover it", some.join(" or ")),
                };
                Some(format!("they cover only {has}{would}; an administrator can change that (/grant add)"))
            }
            Self::AccountDisabled { account } => {
                Some(format!("an administrator can enable it (/user disable {account} off=true)"))
            }
            Self::NotYours { .. } => Some("its owner or an administrator can do that".into()),
            Self::Expired { again } => Some(format!("ask again: {again}")),
            Self::NameMismatch { .. } => Some("nothing was done; answer again with the exact name".into()),
            Self::PrefixFull { others, .. } => match others.is_empty() {
                true => Some("no other prefix of its family has room".into()),
                false => Some(format!("{} have room", text::list(others))),
            },
            Self::BeingMade { job, .. } => Some(format!("/job show {job} tells how far it is")),
            Self::NotSetUp { key, .. } => Some(format!("an administrator sets {key} in the configuration")),
            Self::OverQuota { .. } => Some("delete what is not needed, or ask an administrator for more".into()),
            Self::Overlap { ways, .. } => match ways.is_empty() {
                true => Some("/reserve wait puts you in line for it".into()),
                false => Some(format!("free: {}; or /reserve wait for this one", text::list(&labels(ways)))),
            },
            Self::WhichTime { ways, .. } => Some(format!("say which: {}", text::list(&labels(ways)))),
            Self::BadTime { right, .. } => Some(format!("right would be {right}")),
            Self::OverLimit { .. } => Some("an administrator can book more, or change the limit (reserve.*)".into()),
            Self::Reserved { can_go_over: true, .. } => {
                Some("say why with reason=, and it is done all the same".into())
            }
            Self::Reserved { .. } => Some("/reserve show tells more; an administrator can go over it".into()),
            Self::ChangedMeanwhile { .. } => Some("nothing was done; look again and ask again".into()),
            Self::LastAdmin { .. } => Some("make another administrator first".into()),
            Self::WrongCode => {
                Some("each works once and for ten minutes; /link where you have your account makes another".into())
            }
            Self::WrongSignIn | Self::SignInDenied { .. } => Some("begin again at /api/auth/oidc/login".into()),
            Self::NoRole { because, .. } => Some(format!("{because}; an administrator can change that")),
            Self::NotLinked { .. } => Some(
                "say /link where you have that account, and begin at /api/auth/oidc/login?link= with its code; if it is not yours, an administrator can help".into(),
            ),
            _ => None,
        }
    }
}

/// The world said no: an upstream system, the database. Never the asker's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("{peer} cannot be reached: {why}")]
    Unreachable { peer: String, why: String },
    #[error("{peer} did not answer within {seconds} s")]
    Slow { peer: String, seconds: u64 },
    #[error("{peer} does not accept our credentials: {why}")]
    Credentials { peer: String, why: String },
    #[error("{peer} shows another certificate than the one pinned: {seen}")]
    Certificate { peer: String, seen: String },
    #[error("{peer} denies it: the privilege {privilege} on {path} is missing")]
    Privilege { peer: String, privilege: String, path: String },
    #[error("{peer} denies it: {why}")]
    Denied { peer: String, why: String },
    #[error("{subject} is locked ({lock})")]
    Locked { subject: String, lock: String },
    #[error("{peer} refused: {why}")]
    Upstream { peer: String, why: String },
    #[error("{peer} answered with something that is no answer: {why}")]
    Garbage { peer: String, why: String },
    /// Its node says that it is not there, and the list says that it is: it has left, or is on its way.
    #[error("{subject} is in Proxmox' list, but its node does not have it")]
    Elsewhere { subject: String },
    #[error("node {node} is offline")]
    NodeOffline { node: String },
    #[error("the database cannot be used: {why}")]
    Store { why: String },
}

impl Failure {
    /// Stable: programs may rely on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Slow { .. } => "no-answer",
            Self::Credentials { .. } => "credentials-refused",
            Self::Certificate { .. } => "certificate-changed",
            Self::Privilege { .. } => "privilege-missing",
            Self::Denied { .. } => "denied",
            Self::Locked { .. } => "locked",
            Self::Upstream { .. } => "upstream-error",
            Self::Garbage { .. } => "upstream-garbage",
            Self::Elsewhere { .. } => "guest-elsewhere",
            Self::NodeOffline { .. } => "node-offline",
            Self::Store { .. } => "database",
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } | Self::Slow { .. } => {
                Some("/lab check tells what answers and what does not".into())
            }
            Self::Credentials { .. } => Some("an administrator corrects them in the configuration".into()),
            Self::Certificate { .. } => Some(
                "if it was changed on purpose, an administrator sets the new fingerprint in the configuration".into(),
            ),
            Self::Privilege { .. } => Some("an administrator of the cluster can add it to the bot's role".into()),
            Self::Locked { .. } => Some("wait until that has ended".into()),
            Self::Elsewhere { .. } => {
                Some("it is being moved, or was deleted a moment ago; ask again in a minute".into())
            }
            Self::Store { .. } => Some("nothing was changed; try again".into()),
            _ => None,
        }
    }
}

/// We are wrong. The person gets one sentence and a reference, the log gets the chain with the same reference.
#[derive(Debug, thiserror::Error)]
#[error("something is wrong in direttore itself")]
pub struct Bug(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Bug {
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl Trouble {
    /// From an error that nobody foresaw.
    pub fn bug(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Bug(Bug::new(source))
    }

    pub fn code(&self) -> &'static str {
        match self {
            Self::Refusal(r) => r.code(),
            Self::Failure(f) => f.code(),
            Self::Bug(_) => "bug",
        }
    }
}
