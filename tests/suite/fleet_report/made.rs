//! Reports as a run would give them.

use claude_scaffold::fleet::{FileOutcome, Proposal, RepoReport, Standing, Status};
use claude_scaffold::model::{Action, CONFLICT, Diagnostic};

pub const DIFF: &str = "\
diff --git a/.claude/settings.json b/.claude/settings.json
--- a/.claude/settings.json
+++ b/.claude/settings.json
@@ -1,3 +1,3 @@
 {
-  \"model\": \"claude-sonnet-4-5\"
+  \"model\": \"claude-sonnet-4-6\"
 }
";
const A: &str = "0a1b2c3d4e5f";
const B: &str = "b00000000001";

pub fn report(name: &str, status: Status) -> RepoReport {
    let mut report = RepoReport::new(name, "backend", "claude-scaffold", status);
    report.base = Some("8f14e45fceea167a5a36dedd4bea2543c0ffee00".to_owned());
    report.files = vec![
        file(".claude/settings.json", Action::Keep),
        file(".env.template", Action::Keep),
        file("claude-scaffold.lock", Action::Keep),
    ];
    report
}

pub fn file(path: &str, action: Action) -> FileOutcome {
    FileOutcome {
        path: path.to_owned(),
        action,
        conflicts: Vec::new(),
    }
}

/// A repository that gets a change.
pub fn changed(name: &str, id: &str) -> RepoReport {
    let mut report = report(name, Status::Changed);
    report.change = Some(id.to_owned());
    report.files[0].action = Action::Update;
    report.files[2].action = Action::Update;
    report
}

pub fn conflict(name: &str, keys: &[&str]) -> RepoReport {
    let mut report = report(name, Status::Conflict);
    report.files[0].action = Action::Conflict;
    report.files[0].conflicts = keys.iter().map(|key| (*key).to_owned()).collect();
    let problem = Diagnostic::error(CONFLICT, "`.claude/settings.json` has conflicts");
    report.diagnostics.push(problem);
    report
}

pub fn failed(name: &str, message: &str) -> RepoReport {
    let mut report = report(name, Status::Failed);
    report.files.clear();
    let problem = Diagnostic::error("git", message);
    let help = "look at it: `git fsck` names what is broken";
    report.diagnostics.push(problem.with_help(help));
    report
}

pub fn proposed(name: &str, standing: Standing, url: Option<&str>) -> RepoReport {
    let mut report = changed(name, A);
    report.commit = Some("c0ffee0000000000000000000000000000000000".to_owned());
    report.pushed = true;
    report.proposal = Some(Proposal {
        standing,
        url: url.map(str::to_owned),
    });
    report
}

/// One of each.
pub fn fleet() -> Vec<RepoReport> {
    let mut all = vec![conflict("shop/cart", &["env.ANTHROPIC_BASE_URL", ""])];
    all.extend((0..1234).map(|n| changed(&format!("shop/service-{n:04}"), A)));
    all.extend((0..61).map(|n| changed(&format!("data/job-{n:02}"), B)));
    all.extend((0..9).map(|n| conflict(&format!("web/site-{n}"), &["model"])));
    all.extend((0..3).map(|n| failed(&format!("old/a{n}"), &format!("cannot read `/r/a{n}`"))));
    all.push(failed("old/empty", "the repository has no commit"));
    let mut diverged = report("web/fork", Status::Conflict);
    let message = "branch `claude-scaffold` has gone another way";
    let problem = Diagnostic::error(CONFLICT, message);
    let help = "merge it, or replace it: `claude-scaffold fleet apply --take`";
    diverged.diagnostics.push(problem.with_help(help));
    all.push(diverged);
    all.extend((0..3).map(|n| report(&format!("wait/w{n}"), Status::Waiting)));
    let mut archived = report("zoo/dodo", Status::PassedOver);
    archived.files.clear();
    archived
        .diagnostics
        .push(Diagnostic::note("fleet", "archived"));
    all.push(archived);
    all.extend((0..800).map(|n| report(&format!("fine/f{n:03}"), Status::UpToDate)));
    all[1].diff = Some(DIFF.to_owned());
    all[1 + 1234].diff = Some(DIFF.replace("4-6", "4-7"));
    all
}
