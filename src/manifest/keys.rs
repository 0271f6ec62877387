//! The keys a manifest may hold.

/// What a key's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The format's version.
    Version,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A profile's name; the catalogue knows them.
    Profile,
    /// A row of the gateway catalogue.
    GatewayKind,
    /// Features to add, or with a leading `-` to remove.
    Features,
    /// A gateway address.
    Url,
    /// Milliseconds.
    Milliseconds,
    /// A whole number from 1.
    Count,
    /// A secret reference.
    Reference,
    /// A header's value, literal or reference.
    Header,
    /// A model's name.
    Model,
    /// Several models' names.
    Models,
    /// A tag for headers and telemetry.
    Tag,
    /// A path inside the repository.
    Path,
    /// The address of a pack.
    Pack,
    /// The name of a stage of a pipeline.
    Stage,
}

/// One key, or with a last part `*` a family of keys.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Dotted name.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// One line for `schema` and `man`.
    pub about: &'static str,
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

/// Every key, in the order in which a manifest is written.
pub const KEYS: [Key; 26] = [
    key(
        "version",
        Kind::Version,
        "Version of this file's format: 1.",
    ),
    key(
        "profile",
        Kind::Profile,
        "Scenario: solo, team, enterprise or multi-model.",
    ),
    key(
        "features",
        Kind::Features,
        "Features added to the profile's, or with a leading `-` removed.",
    ),
    key(
        "pack",
        Kind::Pack,
        "Source of the templates; absent: the embedded ones.",
    ),
    key(
        "visibility",
        Kind::OneOf(&["private", "public", "unknown"]),
        "Who may see the repository; public keeps base URL and helper out of committed files.",
    ),
    key(
        "gateway.url",
        Kind::Url,
        "Address of the gateway, with or without a trailing `/v1`.",
    ),
    key(
        "gateway.openai_url",
        Kind::Url,
        "Address for OpenAI-style clients where it is another one.",
    ),
    key(
        "gateway.kind",
        Kind::GatewayKind,
        "Row of the gateway catalogue.",
    ),
    key(
        "gateway.timeout_ms",
        Kind::Milliseconds,
        "Time to the first byte of an answer, per attempt, in ms.",
    ),
    key(
        "credential.ref",
        Kind::Reference,
        "Where the key is found: SCHEME:rest.",
    ),
    key(
        "credential.header",
        Kind::OneOf(&["bearer", "x-api-key"]),
        "bearer (ANTHROPIC_AUTH_TOKEN) or x-api-key (ANTHROPIC_API_KEY).",
    ),
    key(
        "headers.*",
        Kind::Header,
        "A further request header: literal text or a reference.",
    ),
    key(
        "models.default",
        Kind::Model,
        "The model, and the sonnet tier.",
    ),
    key(
        "models.fast",
        Kind::Model,
        "The haiku tier: background calls.",
    ),
    key(
        "models.reasoning",
        Kind::Model,
        "The opus and fable tiers; absent: the default model.",
    ),
    key(
        "models.fallback",
        Kind::Models,
        "Models to fail over to, in order.",
    ),
    key(
        "models.*",
        Kind::Model,
        "A free alias for scripts, such as `structured`.",
    ),
    key(
        "telemetry.project_tag",
        Kind::Tag,
        "Project tag sent with every request.",
    ),
    key(
        "telemetry.cost_center",
        Kind::Tag,
        "Cost centre sent with every request.",
    ),
    key(
        "launcher.*",
        Kind::Path,
        "Paths: `path` of the run script, `env_file`, `env_template`.",
    ),
    key(
        "ci.stage",
        Kind::Stage,
        "Stage of the GitLab jobs; one that the pipeline has.",
    ),
    key(
        "limits.requests_per_minute",
        Kind::Count,
        "Requests per minute that the gateway grants the whole team.",
    ),
    key(
        "limits.developers",
        Kind::Count,
        "People and CI jobs that share those limits at one time.",
    ),
    key(
        "limits.answer_timeout_ms",
        Kind::Milliseconds,
        "The longest the gateway itself lets one request take, in ms.",
    ),
    key(
        "check.baseline",
        Kind::Path,
        "File of findings that `check` knows already.",
    ),
    key(
        "severity.*",
        Kind::OneOf(&["error", "warning", "note", "off"]),
        "How much a finding of `check` matters, by its code, such as `CS006`.",
    ),
];

/// Returns the key of a dotted name.
#[must_use]
pub(super) fn find(name: &str) -> Option<&'static Key> {
    let exact = KEYS.iter().find(|k| k.name == name);
    exact.or_else(|| {
        let (table, last) = name.split_once('.')?;
        if table == "launcher" && !matches!(last, "path" | "env_file" | "env_template") {
            return None;
        }
        KEYS.iter()
            .find(|k| k.name.strip_suffix(".*") == Some(table))
    })
}

/// Returns whether a name is that of a table.
pub(super) fn is_table(name: &str) -> bool {
    KEYS.iter().any(|k| {
        k.name
            .split_once('.')
            .is_some_and(|(table, _)| table == name)
    })
}

/// Returns the known key nearest to a misspelt one.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    const LAUNCHER: [&str; 3] = [
        "launcher.path",
        "launcher.env_file",
        "launcher.env_template",
    ];
    const TABLES: [&str; 10] = [
        "gateway",
        "credential",
        "headers",
        "models",
        "telemetry",
        "launcher",
        "ci",
        "limits",
        "check",
        "severity",
    ];
    let names = KEYS.iter().map(|k| k.name).filter(|n| !n.ends_with('*'));
    names
        .chain(LAUNCHER)
        .chain(TABLES)
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, known)| *distance * 3 <= known.len())
        .min()
        .map(|(_, known)| known)
}
