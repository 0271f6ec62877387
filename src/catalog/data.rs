//! Catalogues of facts about the outside: the client's variables, its releases, gateways, models.
//!
//! Each is one file in `templates/catalog/`, each row with its source and the date it was looked up.

use serde::Deserialize;

use super::{Catalog, CatalogError};

/// Who reads a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// Claude Code.
    Client,
    /// OpenAI-style tools.
    OpenAi,
    /// Nobody that we know of.
    Nobody,
}

/// What a variable's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The address of a gateway.
    Url,
    /// A credential.
    Credential,
    /// A model's id or alias.
    Model,
    /// Milliseconds.
    Milliseconds,
    /// A whole number.
    Count,
    /// `1` or nothing.
    Switch,
    /// Header lines.
    Headers,
    /// The address of a proxy.
    Proxy,
    /// A path.
    Path,
    /// Anything else.
    Text,
}

/// A row of `variables.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Who reads it.
    pub reader: Reader,
    /// What its value is.
    pub meaning: Meaning,
    /// The group that `explain` lists it in, such as `base-url`.
    pub setting: String,
    /// What the reader takes where it is unset.
    pub default: Option<String>,
    /// The variable that has the wanted effect, where this one has none.
    pub instead: Option<String>,
    /// Whether settings files of a project may set it; some the client takes from elsewhere only.
    #[serde(default = "yes")]
    pub in_project: bool,
    /// What to know about it, one sentence.
    pub about: String,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// Whether a model's id can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can.
    Current,
    /// It can, until a day that is announced.
    Deprecated,
    /// Not any more.
    Retired,
    /// It never could: a spelling that people write for another.
    Misspelt,
}

/// A row of `models.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The id.
    pub id: String,
    /// Who makes it, as gateways spell the maker before a slash.
    pub vendor: String,
    /// Whether it can be asked for.
    pub status: Status,
    /// The id to ask for in its place.
    pub instead: Option<String>,
    /// Further ids of the same model, such as one without its date.
    #[serde(default)]
    pub also: Vec<String>,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// How a gateway spells models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spelling {
    /// As their makers do.
    Plain,
    /// `vendor/model`.
    Vendor,
    /// As its own configuration says: every name may be right.
    Own,
}

/// A row of `gateways.toml`: what is known of a gateway beside what its template row renders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayFacts {
    /// The row of the templates, the manifest's `gateway.kind`.
    pub kind: String,
    /// Hosts by which it is known; one that begins with a dot stands for all below it.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The path that the client's base URL has, where the gateway has one for everybody; `*` stands
    /// for one name.
    pub client_path: Option<String>,
    /// The path of OpenAI-style tools, likewise.
    pub openai_path: Option<String>,
    /// How it spells models.
    pub models: Spelling,
    /// Headers that it takes the key from: `bearer`, `x-api-key`.
    pub headers: Vec<String>,
    /// Whether it answers `GET /v1/models`.
    pub lists_models: Option<bool>,
    /// The longest it lets one request take, in ms, where that is documented.
    pub answer_timeout_ms: Option<u64>,
    /// What to know about it, one sentence.
    #[serde(default)]
    pub about: String,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// A row of `clients.toml`: what is known of releases of the client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFact {
    /// The first release it is true of; none: all before `below`.
    pub from: Option<String>,
    /// The first release it is not true of any more; none: all from `from`.
    pub below: Option<String>,
    /// The diagnostic it belongs to.
    pub code: String,
    /// The variable that keeps it from doing harm.
    pub unless: Option<String>,
    /// What is wrong there, one sentence.
    pub what: String,
    /// What to do.
    pub help: String,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// A row of `aliases.toml`: a name that the client takes for a model of its own choice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The name.
    pub alias: String,
    /// The variable that says what it stands for.
    pub variable: Option<String>,
    /// The id that it stands for where the variable is unset.
    pub model: String,
    /// The first release it is true of; none: all before `below`.
    pub from: Option<String>,
    /// The first release it is not true of any more; none: all from `from`.
    pub below: Option<String>,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// What the value of a key has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// True, false or null.
    BooleanOrNull,
    /// A number.
    Number,
    /// A whole number.
    Count,
    /// A whole number above 0.
    Positive,
    /// A list.
    List,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// An object.
    Object,
}

/// A row of `settings.toml`: a key of the client's settings files that it insists on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingKind {
    /// The key.
    pub key: String,
    /// What its value has to be, or the client skips the file.
    pub kind: ValueKind,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

impl Catalog {
    /// Reads what the keys of the client's settings files have to be.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn settings(&self) -> Result<Vec<SettingKind>, CatalogError> {
        self.rows("settings")
    }

    /// Reads the client's names for models.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn aliases(&self) -> Result<Vec<Alias>, CatalogError> {
        self.rows("aliases")
    }

    /// Reads the variables of the client and of OpenAI-style tools.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn variables(&self) -> Result<Vec<Variable>, CatalogError> {
        self.rows("variables")
    }

    /// Reads the models.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn models(&self) -> Result<Vec<Model>, CatalogError> {
        self.rows("models")
    }

    /// Reads the gateways.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn gateways(&self) -> Result<Vec<GatewayFacts>, CatalogError> {
        self.rows("gateways")
    }

    /// Reads what is known of the client's releases.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn clients(&self) -> Result<Vec<ClientFact>, CatalogError> {
        self.rows("clients")
    }

    /// Reads `templates/catalog/NAME.toml`: a list of tables called `row`.
    pub(super) fn rows<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Vec<T>, CatalogError> {
        #[derive(Deserialize)]
        struct Rows<T> {
            row: Vec<T>,
        }
        let rows: Rows<T> = self.parse(&format!("catalog/{name}.toml"))?;
        Ok(rows.row)
    }
}

fn yes() -> bool {
    true
}
