//! The store's own program, run without a shell.

mod run;
mod search;
#[cfg(unix)]
mod signals;
mod words;

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{Found, Kind, Place, Refusal, SecretError, accept, accept_field};
use crate::model::{Scheme, SecretRef, escape};
use run::{Answer, Stop};

pub(crate) use run::MOST;
pub(crate) use search::find;

/// Where a key stands in what the program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape<'a> {
    /// It is all of it.
    Line,
    /// It is the first line; what follows are notes.
    FirstLine,
    /// It is this field of a JSON object.
    Field(&'a str),
}

/// What is run.
pub(super) struct Call {
    /// The program's file.
    pub(super) program: PathBuf,
    /// Its name for people.
    pub(super) name: String,
    /// The words after it.
    pub(super) words: Vec<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}", self.name)?;
        let words = self.words.iter();
        words
            .map(|word| escape(word))
            .try_for_each(|word| write!(f, " {word}"))?;
        write!(
            f,
            "`, which is `{}`",
            escape(&self.program.to_string_lossy())
        )
    }
}

/// Has the store's program print the key.
pub(super) fn read(reference: &SecretRef, place: &Place<'_>) -> Result<Found, SecretError> {
    let call = call(reference, place)?;
    let who = format!("`{}`", call.name);
    let answer = run::run(&call, place).map_err(|stop| stopped(stop, &call.name))?;
    if !answer.status.success() {
        return Err(failed(who, &answer, place));
    }
    let refused = |why| SecretError::Refused {
        from: who.clone(),
        why,
    };
    let text = text(&answer.out, place.kind).map_err(refused)?;
    no_key(reference, text).map_or(Ok(()), |why| Err(refused(why)))?;
    let key = match shape(reference) {
        Shape::Line => accept(text, place.kind),
        Shape::FirstLine => accept(text.lines().next().unwrap_or_default(), place.kind),
        Shape::Field(field) => accept_field(text, field, place.kind),
    };
    let key = key.map_err(refused)?;
    let said = words::shown(&answer.said, &answer.out);
    Ok(Found {
        said: key.taken_out_of(&said),
        ..Found::new(key, who)
    })
}

/// Returns what would be run: the first of the store's programs that is there.
pub(super) fn call(reference: &SecretRef, place: &Place<'_>) -> Result<Call, SecretError> {
    let mut words = reference.argv();
    let own: Vec<String> = words.drain(..words.len().min(1)).collect();
    let names = match reference.scheme {
        Scheme::Command => &own,
        _ => &place.store.programs,
    };
    let found = names.iter().find_map(|name| {
        Some((
            search::find(name, place.root, place.environment)?,
            name.clone(),
        ))
    });
    let (program, name) = found.ok_or_else(|| SecretError::NoProgram(names.clone()))?;
    Ok(Call {
        program,
        name,
        words,
    })
}

fn shape(reference: &SecretRef) -> Shape<'_> {
    match reference.json_field() {
        Some(field) => Shape::Field(field),
        None if reference.scheme == Scheme::Pass => Shape::FirstLine,
        None => Shape::Line,
    }
}

/// What some programs print, with success, where there is no key.
fn no_key(reference: &SecretRef, text: &str) -> Option<Refusal> {
    let first = text.lines().next().unwrap_or_default().trim();
    match reference.scheme {
        // The listing of a folder starts with the folder's name.
        Scheme::Pass if first == reference.rest => Some(Refusal::Listing),
        Scheme::AwsSecretsManager if text.trim() == "None" => Some(Refusal::Bytes),
        _ => None,
    }
}

fn text(out: &Zeroizing<Vec<u8>>, kind: Kind) -> Result<&str, Refusal> {
    std::str::from_utf8(out).map_err(|error| {
        let wrong = "a byte that is no text".to_owned();
        Refusal::Character(error.valid_up_to() + 1, kind.as_str(), wrong)
    })
}

fn stopped(stop: Stop, name: &str) -> SecretError {
    let who = format!("`{name}`");
    match stop {
        Stop::NotStarted(error) => SecretError::NotStarted {
            program: name.to_owned(),
            why: error.to_string(),
        },
        Stop::Slow => SecretError::Slow {
            who,
            limit: super::LONGEST,
        },
        Stop::TooMuch => SecretError::TooMuch { who, limit: MOST },
        #[cfg(unix)]
        Stop::Interrupted => SecretError::Interrupted(who),
    }
}

fn failed(who: String, answer: &Answer, place: &Place<'_>) -> SecretError {
    let how = match answer.status.code() {
        Some(code) => format!("exit code {code}"),
        None => "ended by a signal".to_owned(),
    };
    let said = words::shown(&answer.said, &answer.out);
    let silent = said.is_empty();
    SecretError::Failed {
        who,
        how,
        cause: words::cause(&answer.said, place.store),
        said: if silent {
            "it said nothing".to_owned()
        } else {
            said
        },
    }
}
