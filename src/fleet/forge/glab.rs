//! Merge requests of GitLab, through `glab api`.

use serde_json::{Value, json};

use super::ForgeError;
use super::address::piece;
use super::call::{Again, Line, Request};
use super::settle::{Changes, Found, State, Wanted};
use super::through::{Api, Made};

/// A repository on GitLab.
pub(super) struct Glab<'a> {
    pub(super) line: Line<'a>,
    pub(super) path: &'a str,
    pub(super) head: &'a str,
    pub(super) base: &'a str,
}

impl Glab<'_> {
    fn requests(&self) -> String {
        format!("projects/{}/merge_requests", piece(self.path))
    }

    fn found(&self, item: &Value) -> Result<Option<Found>, ForgeError> {
        let id = |key| item.get(key).and_then(Value::as_u64);
        // A branch of a fork may have the same name.
        let forked = id("source_project_id") != id("target_project_id");
        let text = |key| item.get(key).and_then(Value::as_str).map(str::to_owned);
        let other = text("source_branch").is_some_and(|branch| branch != self.head);
        if forked || other {
            return Ok(None);
        }
        let state = match item.get("state").and_then(Value::as_str) {
            // Locked is what one is while it is being merged.
            Some("opened" | "locked") => State::Open,
            Some("merged") => State::Merged,
            Some(_) => State::Closed,
            None => return Err(self.line.lacks("state")),
        };
        let labels = item.get("labels").and_then(Value::as_array);
        let labels = labels.into_iter().flatten();
        let labels = labels.filter_map(|label| label.as_str().map(str::to_owned));
        Ok(Some(Found {
            number: self.line.number(item, "iid")?,
            state,
            title: text("title").unwrap_or_default(),
            body: text("description").unwrap_or_default(),
            labels: labels.collect(),
            url: self.line.text(item, "web_url")?,
            commit: text("sha").unwrap_or_default(),
        }))
    }
}

impl Api for Glab<'_> {
    fn look(&self) -> Result<Vec<Found>, ForgeError> {
        let endpoint = format!(
            "{}?source_branch={}&state=all&order_by=created_at&sort=desc&per_page=100",
            self.requests(),
            piece(self.head)
        );
        let body = self.line.ask(Request::get(&endpoint))?;
        let items = body.as_array().ok_or_else(|| self.line.lacks("list"))?;
        let found: Result<Vec<_>, _> = items.iter().map(|item| self.found(item)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn open(&self, wanted: &Wanted<'_>) -> Result<Made, ForgeError> {
        let body = json!({
            "source_branch": self.head,
            "target_branch": self.base,
            "title": wanted.title,
            "description": wanted.block(),
            "labels": wanted.labels.join(","),
        });
        let made = self.line.ask(Request {
            method: "POST",
            endpoint: &self.requests(),
            body: Some(&body),
            again: Again::Another,
        })?;
        let url = self.line.text(&made, "web_url")?;
        Ok(Made { url })
    }

    fn update(&self, number: u64, _: &str, changes: &Changes) -> Result<(), ForgeError> {
        let mut fields = serde_json::Map::new();
        if let Some(title) = &changes.title {
            fields.insert("title".to_owned(), title.as_str().into());
        }
        if let Some(body) = &changes.body {
            fields.insert("description".to_owned(), body.as_str().into());
        }
        if !changes.labels.is_empty() {
            fields.insert("add_labels".to_owned(), changes.labels.join(",").into());
        }
        let request = Request {
            method: "PUT",
            endpoint: &format!("{}/{number}", self.requests()),
            body: Some(&Value::Object(fields)),
            again: Again::Same,
        };
        self.line.ask(request).map(|_| ())
    }
}
