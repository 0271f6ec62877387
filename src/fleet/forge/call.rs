//! One request of a forge, through its own program: paced, repeated where that may help, and told
//! apart by what the forge answers.

use std::time::Duration;

use serde_json::Value;

use super::answer::{Answer, shown};
use super::pace::{self, Kind};
use super::{ForgeError, Forges, program};

/// A forge that is asked through its program.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) forges: &'a Forges<'a>,
    pub(super) program: &'static str,
    pub(super) host: &'a str,
    /// The repository's path, for people.
    pub(super) path: &'a str,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) endpoint: &'a str,
    pub(super) body: Option<&'a Value>,
    pub(super) again: Again,
}

/// Whether a request may be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It comes to the same.
    Same,
    /// Each one makes a thing of its own.
    Another,
}

impl<'a> Request<'a> {
    pub(super) fn get(endpoint: &'a str) -> Self {
        Self {
            method: "GET",
            endpoint,
            body: None,
            again: Again::Same,
        }
    }
}

impl Line<'_> {
    /// Asks, and returns the body of what was done.
    pub(super) fn ask(&self, request: Request<'_>) -> Result<Value, ForgeError> {
        let pace = &self.forges.pace;
        let kind = match request.method {
            "GET" => Kind::Reads,
            _ => Kind::Writes,
        };
        let mut pause = pace.pause;
        let mut waited = Duration::ZERO;
        let mut tries = 1;
        loop {
            let gates = &self.forges.gates;
            gates.pass(self.host, kind, pace, self.forges.watch)?;
            let error = match self.once(request) {
                Ok(answer) => return Ok(answer.body),
                Err(error) => error,
            };
            let may = match &error {
                ForgeError::Limited { wait, .. } => {
                    pause = *wait;
                    true
                }
                ForgeError::Unavailable { .. } | ForgeError::Failed { .. } => {
                    request.again == Again::Same
                }
                _ => false,
            };
            waited += pause;
            if !may || tries >= pace.tries || waited > pace.patience {
                return Err(error);
            }
            pace::sleep(pause, self.forges.watch)?;
            tries += 1;
            pause *= 2;
        }
    }

    fn once(&self, request: Request<'_>) -> Result<Answer, ForgeError> {
        let mut words: Vec<String> = ["api", "--hostname", self.host, "-i", "-X", request.method]
            .map(str::to_owned)
            .into();
        let input = request.body.map(Value::to_string);
        if input.is_some() {
            let header = "Content-Type: application/json";
            words.extend(["-H", header, "--input", "-"].map(str::to_owned));
        }
        words.push(request.endpoint.to_owned());
        let input = input.unwrap_or_default();
        let said = program::run(self.forges, self.program, &words, &input)?;
        let Some(answer) = Answer::read(&said.out) else {
            return Err(self.unanswered(&said));
        };
        let pause = answer.pause(pace::now());
        if let Some(pause) = pause {
            self.forges.gates.close(self.host, pause);
        }
        if answer.is_success() {
            return Ok(answer);
        }
        Err(self.refusal(&answer, pause))
    }

    /// What a program means that ended without an answer of the forge.
    fn unanswered(&self, said: &program::Said) -> ForgeError {
        let program = self.program;
        let words = shown(&said.err);
        if said.status.success() {
            let host = self.host.to_owned();
            return ForgeError::Strange {
                host,
                lacks: "status",
            };
        }
        // Its own code for a user who is not logged in, or its words for that.
        let logged_out = ["auth login", "not logged in", "not authenticated"];
        if said.status.code() == Some(4) || logged_out.iter().any(|sign| words.contains(sign)) {
            return ForgeError::LoggedOut {
                program,
                host: self.host.to_owned(),
                said: words,
            };
        }
        ForgeError::Failed {
            program,
            said: words,
        }
    }

    fn refusal(&self, answer: &Answer, pause: Option<Duration>) -> ForgeError {
        let host = self.host.to_owned();
        let (said, status) = (answer.said(), answer.status);
        if answer.is_limited() {
            let wait = pause.unwrap_or(self.forges.pace.rest);
            self.forges.gates.close(self.host, wait);
            return ForgeError::Limited { host, wait };
        }
        match status {
            401 => ForgeError::LoggedOut {
                program: self.program,
                host,
                said,
            },
            403 => ForgeError::Forbidden { host, said },
            404 => ForgeError::Missing {
                host,
                path: self.path.to_owned(),
            },
            300..=399 => ForgeError::Moved {
                host,
                path: self.path.to_owned(),
            },
            500.. => ForgeError::Unavailable { host, status, said },
            _ => ForgeError::Refused { host, status, said },
        }
    }

    /// Returns a text of an answer.
    pub(super) fn text(&self, body: &Value, key: &'static str) -> Result<String, ForgeError> {
        let found = body.get(key).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| self.lacks(key))
    }

    /// Returns a number of an answer.
    pub(super) fn number(&self, body: &Value, key: &'static str) -> Result<u64, ForgeError> {
        let found = body.get(key).and_then(Value::as_u64);
        found.ok_or_else(|| self.lacks(key))
    }

    /// Says that an answer lacks something.
    pub(super) fn lacks(&self, lacks: &'static str) -> ForgeError {
        let host = self.host.to_owned();
        ForgeError::Strange { host, lacks }
    }
}
