//! Finds → manifest values: the strongest of each key, and what there is to say about the others.

use url::Url;

use crate::catalog::Catalog;
use crate::diagnose;
use crate::manifest::{Assignment, assign, check_value};
use crate::model::{Diagnostic, GatewayUrl, Value, mask_value};
use crate::observe::{Find, Finds, Literal, Spelled};

/// Names that the client gives to tiers; what stands behind them is what a manifest declares.
const TIERS: [&str; 7] = [
    "default", "best", "sonnet", "opus", "haiku", "fable", "opusplan",
];
const HEADER: &str = "credential.header";
const TAGS: [&str; 2] = ["telemetry.project_tag", "telemetry.cost_center"];

/// What the files say, as a manifest says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// The manifest's values.
    pub assignments: Vec<Assignment>,
    /// Where each of them stands.
    pub found: Vec<Find>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// Credentials that stand where git may show them.
    pub diagnostics: Vec<Diagnostic>,
}

/// Picks the values; a key that the user names is the user's.
#[must_use]
pub fn take(finds: &Finds, named: &[Assignment], catalog: &Catalog) -> Taken {
    let literals = finds.literals.iter();
    let mut taken = Taken {
        diagnostics: literals.map(key_in_file).collect(),
        ..Taken::default()
    };
    let is_named = |key: &str| named.iter().any(|assignment| assignment.key == key);
    let locks = catalog.locks();
    let is_given = |key: &str| is_named(key) || locks.contains_key(key);
    for find in finds.values.iter().filter(|find| !is_named(&find.key)) {
        match locks.get(find.key.as_str()) {
            None => taken.consider(find),
            Some((lock, _)) if lock.value == find.value => {}
            Some((_, pack)) => {
                let (at, shown, name) = (place(&find.at), shown(find), &pack.name);
                taken.note(format!(
                    "{at} says {shown}, but pack `{name}` locks `{}`",
                    find.key
                ));
            }
        }
    }
    taken.openai(is_named("gateway.url"));
    taken.header();
    let found = taken.found.clone();
    taken.assignments = found.into_iter().map(|f| assign(&f.key, f.value)).collect();
    if !is_given("gateway.kind")
        && let Some(kind) = taken.kind(catalog)
    {
        taken
            .notes
            .push(format!("by its address the gateway is `{kind}`"));
        taken.assignments.push(assign("gateway.kind", kind));
    }
    if let Some(file) = env_file(finds).filter(|_| !is_given("launcher.env_file")) {
        taken.notes.push(format!(
            "your variables stand in `{file}`, so the run script reads that"
        ));
        taken.assignments.push(assign("launcher.env_file", file));
    }
    // Nobody here sends tags, so none are made up.
    let unsaid = |tag: &&str| !is_named(tag) && taken.get(tag).is_none();
    let unsaid: Vec<&str> = TAGS.into_iter().filter(unsaid).collect();
    let unsaid = unsaid.into_iter().map(|tag| assign(tag, Value::Null));
    taken.assignments.extend(unsaid);
    if let Some(file) = finds.scaffold {
        taken.notes.push(format!(
            "`{file}` is another scaffold's; its updates would still write here"
        ));
    }
    taken
}

impl Taken {
    fn get(&self, key: &str) -> Option<&Find> {
        self.found.iter().find(|find| find.key == key)
    }

    fn consider(&mut self, find: &Find) {
        let at = place(&find.at);
        if let Some(stronger) = self.get(&find.key) {
            if !same(stronger, find) && find.key != HEADER {
                let counts = place(&stronger.at);
                self.note(format!("{at} says {}, but {counts} counts", shown(find)));
            }
            return;
        }
        let text = find.value.as_str().unwrap_or_default();
        if find.key.starts_with("models.") && TIERS.contains(&text.trim_end_matches("[1m]")) {
            return self.note(format!(
                "{at} is the tier `{text}`, not a model, and stays so"
            ));
        }
        let dotted = find.key.matches('.').count() > 1;
        match check_value(&find.key, &find.value) {
            Ok(()) if !dotted => self.found.push(find.clone()),
            Ok(()) => self.note(format!("{at} has a name that no manifest can hold")),
            Err(problem) => self.note(format!("{at} was left out: {}", problem.message)),
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The address of OpenAI-style tools is declared where it is another one, and is the gateway's
    /// where no other is known.
    fn openai(&mut self, is_url_named: bool) {
        let Some(at) = self
            .found
            .iter()
            .position(|find| find.key == "gateway.openai_url")
        else {
            return;
        };
        match self.get("gateway.url") {
            Some(url) if same(url, &self.found[at]) => {
                self.found.remove(at);
            }
            None if !is_url_named => "gateway.url".clone_into(&mut self.found[at].key),
            _ => {}
        }
    }

    /// The client's own variables say by their name in which header they travel.
    fn header(&mut self) {
        let reference = self
            .get("credential.ref")
            .and_then(|find| find.value.as_str());
        let telling = ["ENV:ANTHROPIC_API_KEY", "ENV:ANTHROPIC_AUTH_TOKEN"];
        if reference.is_none_or(|text| telling.contains(&text)) {
            self.found.retain(|find| find.key != HEADER);
        }
    }

    /// The row of the gateway catalogue that has this host.
    fn kind(&self, catalog: &Catalog) -> Option<String> {
        let host = |text: &str| {
            let url = Url::parse(text).ok()?;
            Some((url.host_str()?.to_owned(), url.port()))
        };
        let wanted = host(self.get("gateway.url")?.value.as_str()?)?;
        let names = catalog.gateway_names().into_iter();
        let mut fitting = names.filter(|name| {
            let row = catalog.gateway(name).ok();
            row.and_then(|row| host(&row.url))
                .is_some_and(|known| known == wanted)
        });
        fitting.next().map(str::to_owned)
    }
}

/// Returns a place as notes name it: `env.API_TIMEOUT_MS` in `.claude/settings.json:4`.
#[must_use]
pub fn place(at: &Spelled) -> String {
    let line = at.line.map_or_else(String::new, |line| format!(":{line}"));
    format!("`{}` in `{}{line}`", at.name, at.file)
}

fn key_in_file(literal: &Literal) -> Diagnostic {
    let Spelled { file, line, name } = &literal.at;
    diagnose::key_in_file(file, *line, name, &literal.reference)
}

fn shown(find: &Find) -> String {
    match mask_value(&find.key, &find.value) {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// Whether two finds declare the same.
fn same(one: &Find, other: &Find) -> bool {
    let client = |find: &Find| {
        let url = GatewayUrl::parse(find.value.as_str()?).ok()?;
        Some(url.client().to_owned())
    };
    one.value == other.value || client(one).is_some_and(|url| Some(url) == client(other))
}

/// The private file that holds the variables, where it is not the usual one.
fn env_file(finds: &Finds) -> Option<&'static str> {
    let has = |file: &str| finds.values.iter().any(|find| find.at.file == file);
    match () {
        () if has(".env.claude") => Some(".env.claude"),
        () if !has(".env") && has(".env.local") => Some(".env.local"),
        () => None,
    }
}
