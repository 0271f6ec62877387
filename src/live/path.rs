//! A path that answers 404: what the client should ask instead, proven by asking it.

use url::Url;

use super::say;
use super::verdict::judge;
use super::walk::Walk;
use super::wire::Call;

/// Asks the forms of the address that people mistake for one another.
pub(super) fn proven(walk: &mut Walk<'_>, call: &Call, model: &str) {
    let base = walk.target.base.clone();
    for other in forms(walk) {
        let mut again = call.clone();
        again.url = format!("{other}/v1/messages?beta=true");
        let result = walk.send(&again);
        if judge(&result, model).proves_path() {
            let detail = format!("`{base}/v1/messages` is not there, `{other}/v1/messages` is");
            let finding = say::other_path(&base, &other);
            return walk.fault("path", None, detail, [finding]);
        }
    }
    let mut again = call.clone();
    again.url = format!("{base}/messages");
    let result = walk.send(&again);
    let detail = format!("`{base}/v1/messages` is not there");
    let finding = if judge(&result, model).proves_path() {
        say::path_without_version(&base)
    } else {
        say::no_path(&base)
    };
    walk.fault("path", None, detail, [finding]);
}

/// Other addresses that may be meant, the likeliest first.
fn forms(walk: &Walk<'_>) -> Vec<String> {
    let base = walk.target.base.as_str();
    let Ok(url) = Url::parse(base) else {
        return Vec::new();
    };
    let origin = url.as_str().strip_suffix(url.path()).unwrap_or(base);
    let origin = origin.trim_end_matches('/').to_owned();
    let known = walk.target.facts.as_ref();
    let known = known.and_then(|facts| facts.client_path.as_deref());
    let known = known.filter(|path| !path.contains('*'));
    let mut forms = Vec::new();
    forms.extend(base.strip_suffix("/v1").map(str::to_owned));
    forms.extend(known.map(|path| format!("{origin}{path}")));
    forms.push(origin);
    forms.push(format!("{base}/anthropic"));
    forms.push(format!("{base}/v1"));
    let mut seen = Vec::new();
    for form in forms {
        if form != base && !seen.contains(&form) {
            seen.push(form);
        }
    }
    seen
}
