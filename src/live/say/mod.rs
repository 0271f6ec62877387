//! Faults in words: the layer at fault, what is wrong, and what to do.

mod way;

use std::time::Duration;

use crate::live::Finding;
use crate::live::answers::form;
use crate::live::stream::StreamFault;
use crate::live::target::{HeaderForm, Limits};
use crate::live::verdict::Verdict;
use crate::live::wire::Failed;
use crate::model::Diagnostic;

pub(in crate::live) use way::{
    no_address, no_connection, no_name, plain, proxy, proxy_broken, tls, tls_detail,
    useless_authority,
};

/// Requests per minute that one agent at work makes without trying.
const EACH: u64 = 5;
const URL: &str = "gateway.url";

pub(in crate::live) fn failed_detail(failed: &Failed) -> String {
    match failed {
        Failed::Slow(limit) => format!("no answer within {} s", limit.as_secs()),
        Failed::Closed => "the connection ended without an answer".to_owned(),
        Failed::Tls(fault) => tls_detail(fault),
        Failed::Proxy(words) | Failed::Other(words) => words.clone(),
        Failed::Unasked => "not asked".to_owned(),
        Failed::Cut => "the answer ends in its midst".to_owned(),
        Failed::Unsendable(what) => format!("{what} cannot be sent"),
    }
}

pub(in crate::live) fn other_path(base: &str, other: &str) -> Finding {
    let why = if base.strip_suffix("/v1") == Some(other) {
        ": the client adds `/v1` itself"
    } else {
        ""
    };
    let message = format!(
        "path: the gateway has no `/v1/messages` below `{base}`, and has it below `{other}`{why}"
    );
    let help = format!(
        "`claude-scaffold set gateway.url={other}`; the client calls a wrong path a problem of the model"
    );
    about(URL, Diagnostic::error("CS101", message).with_help(help))
}

pub(in crate::live) fn path_without_version(base: &str) -> Finding {
    let message = format!(
        "path: the gateway has the Messages API at `{base}/messages`, and the client always asks `/v1/messages`"
    );
    let help = "give the gateway a route at `/v1/messages`, or end the base URL before its `/v1`";
    about(URL, Diagnostic::error("CS101", message).with_help(help))
}

pub(in crate::live) fn no_path(base: &str) -> Finding {
    let message =
        format!("path: the gateway has no `/v1/messages` below `{base}`, nor at the usual places");
    let help = "ask for the address that serves Anthropic's Messages API, and end it before `/v1`";
    about(URL, Diagnostic::error("CS101", message).with_help(help))
}

pub(in crate::live) fn key(status: u16) -> Finding {
    let message =
        format!("key: the gateway refuses it with {status}, in either form of the header");
    let help =
        "get a new key for this gateway; it may be expired, of another gateway, or cut short";
    about(
        "credential.ref",
        Diagnostic::error("key", message).with_help(help),
    )
}

pub(in crate::live) fn header_form(declared: HeaderForm, other: HeaderForm) -> Finding {
    let message = format!(
        "key: the gateway refuses it in {}, and takes it in {}",
        form(declared),
        form(other)
    );
    let name = match other {
        HeaderForm::ApiKey => "x-api-key",
        _ => "bearer",
    };
    let help = format!("`claude-scaffold set credential.header={name}`");
    about(
        "credential.header",
        Diagnostic::error("CS103", message).with_help(help),
    )
}

pub(in crate::live) fn unlisted(model: &str, places: &[&str], near: Option<&str>) -> Finding {
    let names = places.join(", ");
    let message = format!("model: `{model}` ({names}) is not in the gateway's own list");
    about_model(places, Diagnostic::warning("CS002", message), near)
}

pub(in crate::live) fn unknown_model(
    model: &str,
    places: &[&str],
    status: u16,
    near: Option<&str>,
) -> Finding {
    let names = places.join(", ");
    let what = match status {
        403 => "refuses",
        _ => "does not know",
    };
    let message = format!("model: the gateway {what} `{model}` ({names}), with {status}");
    about_model(places, Diagnostic::error("CS002", message), near)
}

fn about_model(places: &[&str], problem: Diagnostic, near: Option<&str>) -> Finding {
    let place = places.first().copied().unwrap_or("models.default");
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "ask for one of the gateway's models, or for access to this one".to_owned(),
    };
    about(place, problem.with_help(help))
}

pub(in crate::live) fn no_list() -> Finding {
    let message = "model: this kind of gateway lists its models, and here it does not";
    let help = "declared models were asked one by one instead";
    plainly(Diagnostic::note("CS002", message).with_help(help))
}

pub(in crate::live) fn no_count() -> Finding {
    let message =
        "HTTP: the gateway does not count tokens, so `/context` of the client cannot tell";
    let help = "nothing else needs `/v1/messages/count_tokens`";
    plainly(Diagnostic::note("http", message).with_help(help))
}

pub(in crate::live) fn stream(fault: &StreamFault) -> Finding {
    let (what, help) = match fault {
        StreamFault::NotStreamed => (
            "the gateway answers one message where a stream is asked for",
            "switch streaming on for this route; until then nothing shows before the answer is whole",
        ),
        StreamFault::Truncated => (
            "it breaks off before `message_stop`",
            "look for a proxy on the way that cuts answers by time or size",
        ),
        StreamFault::Malformed => (
            "it holds no events that the client can read",
            "switch off what rewrites answers on the way to the client",
        ),
        StreamFault::Reports(_) => (
            "the gateway reports an error inside of it",
            "see the gateway's log: what is behind it failed after the answer had begun",
        ),
        StreamFault::Silent => (
            "it is silent for seconds and has no `ping`, so that a proxy may take it for dead",
            "let the gateway pass `ping` events on, or raise idle timeouts on the way",
        ),
        StreamFault::HeldBack => (
            "it is buffered on the way and comes at once at its end",
            "switch buffering off for this route, such as `proxy_buffering off` in nginx",
        ),
    };
    let problem = match fault {
        StreamFault::NotStreamed | StreamFault::Silent | StreamFault::HeldBack => {
            Diagnostic::warning("stream", format!("stream: {what}"))
        }
        _ => Diagnostic::error("stream", format!("stream: {what}")),
    };
    plainly(problem.with_help(help))
}

pub(in crate::live) fn betas(status: u16) -> Finding {
    let message =
        format!("HTTP: the gateway answers {status} to the client's `anthropic-beta` header");
    let help =
        "set `CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1`, or let the gateway pass the header on";
    plainly(Diagnostic::error("http", message).with_help(help))
}

pub(in crate::live) fn altered_errors() -> Finding {
    let message = "HTTP: errors reach the client as a page or bare text in place of their JSON";
    let help = "let error bodies through unmodified; the client shows them and decides by them";
    plainly(Diagnostic::warning("http", message).with_help(help))
}

pub(in crate::live) fn timeout(longest: Duration, timeout: Duration, margin: u32) -> Finding {
    let whole = (longest * margin * 2).as_secs().max(1) * 1000;
    let message = if longest > timeout {
        "HTTP: the first byte takes longer than the declared timeout"
    } else {
        "HTTP: the first byte takes more than a third of the declared timeout"
    };
    let problem = if longest > timeout {
        Diagnostic::error("CS007", message)
    } else {
        Diagnostic::warning("CS007", message)
    };
    let help = format!("`claude-scaffold set gateway.timeout_ms={whole}`");
    about("gateway.timeout_ms", problem.with_help(help))
}

pub(in crate::live) fn limits(announced: u64, declared: Limits) -> Option<Finding> {
    let wanted = declared.requests_per_minute;
    if let Some(wanted) = wanted.filter(|wanted| *wanted > announced) {
        let message = format!(
            "limits: the gateway announces {announced} requests per minute, {wanted} are declared"
        );
        let help = "ask for the higher limit, or declare what there is";
        let problem = Diagnostic::warning("CS006", message).with_help(help);
        return Some(about("limits.requests_per_minute", problem));
    }
    let people = declared.developers?;
    (people * EACH > announced).then(|| {
        let message = format!(
            "limits: the gateway announces {announced} requests per minute for {people} at one time"
        );
        let help = format!("ask for {} or more, or for a key for each", people * EACH);
        about(
            "limits.developers",
            Diagnostic::warning("CS006", message).with_help(help),
        )
    })
}

/// What ends the questions.
pub(in crate::live) fn stopped(
    verdict: &Verdict,
    base: &str,
    timeout: Duration,
    has_authority: bool,
) -> Finding {
    let http = |message: String, help: &str| {
        plainly(Diagnostic::error("http", format!("HTTP: {message}")).with_help(help))
    };
    match verdict {
        Verdict::Redirect(to) => {
            let message =
                format!("the gateway sends the client on to `{to}`, and it does not follow");
            let secure = to.starts_with("https://") && base.starts_with("http://");
            let help = if secure {
                "use the `https` address itself"
            } else {
                "use the address behind it; where that is a page to sign in, the gateway needs a route for keys"
            };
            http(message, help)
        }
        Verdict::Page => http(
            "a page for people comes in place of an answer, as of a login or a proxy".to_owned(),
            "use the address of the API itself, or let the page's owner except it",
        ),
        Verdict::Strange => http(
            "the answer is no message as Anthropic's API gives it".to_owned(),
            "use the address that speaks Anthropic's Messages API; OpenAI's is another",
        ),
        Verdict::Limited(after) => limited(after.as_deref()),
        Verdict::Overloaded => http(
            "the gateway answers 529: what is behind it is overloaded".to_owned(),
            "ask again later; if it stays, ask for a second provider behind the gateway",
        ),
        Verdict::Broken(status) => http(
            format!("the gateway answers {status}: it, or what is behind it, is broken"),
            "see the gateway's log; address and key are not to blame",
        ),
        Verdict::Failed(Failed::Slow(limit)) if timeout <= *limit => {
            let message = "HTTP: no first byte comes within the declared timeout";
            let help = "see why the gateway is that slow, and declare more in `gateway.timeout_ms`";
            about(
                "gateway.timeout_ms",
                Diagnostic::error("CS007", message).with_help(help),
            )
        }
        Verdict::Failed(Failed::Slow(limit)) => http(
            format!("no answer comes within {} s", limit.as_secs()),
            "see the gateway's log: the connection stands and nothing is said",
        ),
        Verdict::Failed(Failed::Tls(fault)) => tls(fault, base, has_authority),
        Verdict::Failed(Failed::Unsendable(what)) => {
            let message = format!("key: {what} holds a character that no header can carry");
            let help = "take it anew from where it is kept; a line break or a quote often slips in";
            about(
                "credential.ref",
                Diagnostic::error("key", message).with_help(help),
            )
        }
        Verdict::Failed(Failed::Cut) => http(
            "the answer breaks off in its midst".to_owned(),
            "look for a proxy on the way that cuts answers by time or size",
        ),
        Verdict::Failed(Failed::Proxy(_)) => proxy_broken(),
        Verdict::Failed(Failed::Closed) => http(
            "the gateway ends the connection without an answer".to_owned(),
            "mend scheme and port: a TLS port does so to plain http; else see the gateway's log",
        ),
        Verdict::Failed(_) => http(
            "the gateway's answer is no HTTP".to_owned(),
            "mend scheme and port of the address",
        ),
        Verdict::Rejected(status) | Verdict::Refused(status) | Verdict::Model(status) => http(
            format!("the gateway answers {status} to the smallest message there is"),
            "see the detail of the probe, and the gateway's log",
        ),
        Verdict::NoPath => no_path(base),
        Verdict::Fine => http("nothing is wrong".to_owned(), "ask again"),
    }
}

fn limited(after: Option<&str>) -> Finding {
    let (what, help) = match after {
        Some(_) => (
            "and says when to come again",
            "ask for a higher limit, or lower CLAUDE_CODE_MAX_RETRIES and what runs at one time",
        ),
        None => (
            "without `retry-after`, so that clients come again blindly",
            "let the gateway send `retry-after`, and ask for a higher limit",
        ),
    };
    let message = format!("limits: the gateway answers 429 {what}");
    about(
        "limits.requests_per_minute",
        Diagnostic::warning("CS006", message).with_help(help),
    )
}

fn about(key: &str, diagnostic: Diagnostic) -> Finding {
    Finding {
        diagnostic,
        key: Some(key.to_owned()),
    }
}

fn plainly(diagnostic: Diagnostic) -> Finding {
    Finding {
        diagnostic,
        key: None,
    }
}
