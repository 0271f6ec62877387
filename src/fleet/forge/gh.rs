//! Merge requests of GitHub, through `gh api`.

use serde_json::{Value, json};

use super::ForgeError;
use super::address::piece;
use super::call::{Again, Line, Request};
use super::settle::{Changes, Found, State, Wanted};
use super::through::{Api, Made};

/// A repository on GitHub.
pub(super) struct Gh<'a> {
    pub(super) line: Line<'a>,
    pub(super) owner: &'a str,
    pub(super) name: &'a str,
    pub(super) head: &'a str,
    pub(super) base: &'a str,
}

impl Gh<'_> {
    fn pulls(&self) -> String {
        format!("repos/{}/{}/pulls", piece(self.owner), piece(self.name))
    }

    fn label(&self, number: u64, url: &str, labels: &[String]) -> Result<(), ForgeError> {
        if labels.is_empty() {
            return Ok(());
        }
        let (owner, name) = (piece(self.owner), piece(self.name));
        let endpoint = format!("repos/{owner}/{name}/issues/{number}/labels");
        let done = self.line.ask(Request {
            method: "POST",
            endpoint: &endpoint,
            body: Some(&json!({ "labels": labels })),
            again: Again::Same,
        });
        done.map(|_| ()).map_err(|why| ForgeError::Labels {
            url: url.to_owned(),
            why: Box::new(why),
        })
    }

    fn found(&self, item: &Value) -> Result<Option<Found>, ForgeError> {
        let head = item.get("head").unwrap_or(&Value::Null);
        let is = |value: Option<&Value>, expected: &str| {
            let text = value.and_then(Value::as_str);
            text.is_none_or(|text| text.eq_ignore_ascii_case(expected))
        };
        let whole = format!("{}/{}", self.owner, self.name);
        let from = head.get("repo").and_then(|repo| repo.get("full_name"));
        let branch = head.get("ref").and_then(Value::as_str);
        if branch.is_some_and(|branch| branch != self.head) || !is(from, &whole) {
            return Ok(None);
        }
        let state = match item.get("state").and_then(Value::as_str) {
            Some("open") => State::Open,
            Some(_) if item.get("merged_at").is_some_and(Value::is_string) => State::Merged,
            Some(_) => State::Closed,
            None => return Err(self.line.lacks("state")),
        };
        let labels = item.get("labels").and_then(Value::as_array);
        let labels = labels.into_iter().flatten();
        let text = |value: &Value, key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Found {
            number: self.line.number(item, "number")?,
            state,
            title: text(item, "title").unwrap_or_default(),
            body: text(item, "body").unwrap_or_default(),
            labels: labels.filter_map(|label| text(label, "name")).collect(),
            url: self.line.text(item, "html_url")?,
            commit: text(head, "sha").unwrap_or_default(),
        }))
    }
}

impl Api for Gh<'_> {
    fn look(&self) -> Result<Vec<Found>, ForgeError> {
        let head = piece(&format!("{}:{}", self.owner, self.head));
        let endpoint = format!(
            "{}?head={head}&state=all&sort=created&direction=desc&per_page=100",
            self.pulls()
        );
        let body = self.line.ask(Request::get(&endpoint))?;
        let items = body.as_array().ok_or_else(|| self.line.lacks("list"))?;
        let found: Result<Vec<_>, _> = items.iter().map(|item| self.found(item)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn open(&self, wanted: &Wanted<'_>) -> Result<Made, ForgeError> {
        let body = json!({
            "title": wanted.title,
            "body": wanted.block(),
            "head": self.head,
            "base": self.base,
        });
        let made = self.line.ask(Request {
            method: "POST",
            endpoint: &self.pulls(),
            body: Some(&body),
            again: Again::Another,
        })?;
        let url = self.line.text(&made, "html_url")?;
        let number = self.line.number(&made, "number")?;
        self.label(number, &url, wanted.labels)?;
        Ok(Made { url })
    }

    fn update(&self, number: u64, url: &str, changes: &Changes) -> Result<(), ForgeError> {
        let mut fields = serde_json::Map::new();
        if let Some(title) = &changes.title {
            fields.insert("title".to_owned(), title.as_str().into());
        }
        if let Some(body) = &changes.body {
            fields.insert("body".to_owned(), body.as_str().into());
        }
        if !fields.is_empty() {
            self.line.ask(Request {
                method: "PATCH",
                endpoint: &format!("{}/{number}", self.pulls()),
                body: Some(&Value::Object(fields)),
                again: Again::Same,
            })?;
        }
        self.label(number, url, &changes.labels)
    }
}
