//! The bodies of `/api/v1`, for its description. Those of commands are made of the catalogue and of replies, which have
//! more shapes than a type can tell.

use serde_json::Value;
use utoipa::ToSchema;

#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes")]
pub struct Commands {
    pub commands: Vec<CommandShape>,
}

#[derive(ToSchema)]
#[schema(as = Command)]
#[expect(dead_code, reason = "it describes")]
pub struct CommandShape {
    /// `guest/list`
    pub path: String,
    pub summary: String,
    pub help: String,
    /// `view`, `power`, …
    pub permission: String,
    /// `no`, `yes` or `name`
    pub confirm: String,
    pub options: Vec<OptionShape>,
}

#[derive(ToSchema)]
#[schema(as = CommandOption)]
#[expect(dead_code, reason = "it describes")]
pub struct OptionShape {
    pub name: String,
    /// `guest`, `integer`, `when`, …
    pub kind: String,
    pub help: String,
    pub required: bool,
    /// Whether several may be given.
    pub many: bool,
    pub choices: Option<Vec<String>>,
    pub default: Option<Value>,
    /// Least and greatest.
    pub limits: Option<Vec<i64>>,
}

#[derive(ToSchema)]
#[schema(as = Answered)]
#[expect(dead_code, reason = "it describes")]
pub struct AnsweredShape {
    /// What waits for a yes.
    pub plan: Option<PlanShape>,
    /// The job, where one was made: `J-12`.
    pub job: Option<String>,
    /// What was said, as `direttore demo --json` says it.
    pub replies: Vec<Value>,
}

#[derive(ToSchema)]
#[schema(as = Plan)]
#[expect(dead_code, reason = "it describes")]
pub struct PlanShape {
    pub id: String,
    /// `yes`, or `name` where the name of what it touches is asked for.
    pub confirm: String,
}

#[derive(ToSchema)]
#[schema(as = Job)]
#[expect(dead_code, reason = "it describes")]
pub struct JobShape {
    pub id: String,
    pub command: String,
    pub title: String,
    pub who: String,
    /// `queued`, `running`, `done`, `failed`, `cancelled` or `stuck`
    pub status: String,
    pub is_over: bool,
    pub error: Option<String>,
    /// ISO 8601, in UTC; likewise below.
    pub created: String,
    pub started: Option<String>,
    pub ended: Option<String>,
    pub steps: Vec<StepShape>,
}

#[derive(ToSchema)]
#[schema(as = JobStep)]
#[expect(dead_code, reason = "it describes")]
pub struct StepShape {
    pub name: String,
    pub state: String,
    pub attempts: i64,
    /// The UPID of Proxmox' task.
    pub task: Option<String>,
    pub error: Option<String>,
}

/// RFC 9457.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it describes")]
pub struct ProblemShape {
    /// `urn:direttore:problem:` and the code.
    #[schema(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Stable: `no-such-guest`.
    pub code: String,
    /// Where the log has more.
    pub reference: Option<String>,
    /// The plan as it would be now.
    pub plan: Option<PlanShape>,
}
