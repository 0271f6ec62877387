// The page comes to life: filters, the address, the table, and what is known of one repository.
var tools = document.getElementById("tools");
var hits = document.getElementById("hits");
var detail = document.getElementById("detail");
var fields = {};
["q", "status", "group", "change"].forEach(function (name) { fields[name] = document.getElementById(name); });
var state = fromHash(location.hash) || fresh();
var timer = 0;

function option(select, value, text) {
  var made = el("option", "", text);
  made.value = value;
  select.append(made);
}

function counts(of) {
  var found = new Map();
  rows.forEach(function (row) { found.set(row[of], (found.get(row[of]) || 0) + 1); });
  return found;
}

function choices() {
  var status = counts("status");
  option(fields.status, "", "all");
  option(fields.status, "trouble", "conflict or failed");
  data.statuses.forEach(function (one, place) {
    if (status.has(place)) option(fields.status, one[0], one[2] + " (" + grouped(status.get(place)) + ")");
  });
  var group = counts("group");
  option(fields.group, "", "all");
  data.groups.forEach(function (name, place) { option(fields.group, name, name + " (" + grouped(group.get(place)) + ")"); });
  option(fields.change, "", "all");
  data.changes.slice(0, 200).forEach(function (one) {
    option(fields.change, one[0], one[0] + " (" + grouped(one[2]) + ")");
  });
}

// A value that no option has, as a link may bring it, becomes one.
function fill() {
  Object.keys(fields).forEach(function (name) {
    var field = fields[name];
    if (field.value !== state[name]) field.value = state[name];
    if (field.value !== state[name]) {
      option(field, state[name], state[name]);
      field.value = state[name];
    }
  });
}

function refresh() {
  var found = chosen(state);
  sorted(state);
  show(found);
  var all = grouped(rows.length) + (rows.length === 1 ? " repository" : " repositories");
  hits.textContent = found.length === rows.length ? all : grouped(found.length) + " of " + all;
  document.querySelectorAll("a.tile").forEach(function (tile) {
    var mine = tile.getAttribute("href") === "#status=" + state.status;
    if (mine) tile.setAttribute("aria-current", "true"); else tile.removeAttribute("aria-current");
  });
}

function changed() {
  Object.keys(fields).forEach(function (name) { state[name] = fields[name].value; });
  remember();
  refresh();
}

function remember() {
  var hash = toHash(state);
  var address = hash === "" ? location.pathname + location.search : "#" + hash;
  try {
    history.replaceState(null, "", address);
  } catch (error) {
    location.hash = hash;
  }
}

function sort(by) {
  state.down = state.sort === by && !state.down;
  state.sort = by;
  remember();
  refresh();
}

function pair(list, name, value) {
  if (!value) return;
  list.append(el("dt", "", name));
  var dd = el("dd");
  dd.append(value);
  list.append(dd);
}

function link(url) {
  if (!/^https?:\/\//i.test(url)) return el("span", "", url);
  var made = el("a", "", url);
  made.href = url;
  made.rel = "noopener noreferrer";
  return made;
}

// A message, what it quotes as code.
function quoted(parent, text) {
  var parts = text.split("`");
  if (parts.length % 2 === 0) parts = [text];
  parts.forEach(function (part, place) { parent.append(place % 2 ? el("code", "", part) : part); });
}

function said(list, of) {
  var words = data.words[of];
  var item = el("li");
  var message = el("p", "message");
  var severity = el("span", "severity", words[0]);
  message.append(severity, " " + (/^CS/.test(words[1]) ? words[1] + ": " : ""));
  quoted(message, words[2]);
  item.append(message);
  if (words[3]) item.append(el("p", "of", words[3]));
  if (words[4]) {
    var help = el("p", "help");
    help.append(el("span", "", "help"), " ");
    quoted(help, words[4]);
    item.append(help);
  }
  list.append(item);
}

function files(list, pattern) {
  var keys = new Map();
  pattern[1].forEach(function (torn) {
    keys.set(torn[0], (keys.get(torn[0]) || []).concat(data.keys[torn[1]] || "the whole file"));
  });
  pattern[0].forEach(function (cell) {
    var file = Math.floor(cell / 8);
    var item = el("li", SIGNS[cell % 8][2]);
    signed(item, SIGNS[cell % 8][0], SIGNS[cell % 8][1]);
    item.append(" ", el("code", "", data.files[file]));
    if (keys.has(file)) item.append(el("span", "keys", " " + keys.get(file).join(", ")));
    list.append(item);
  });
}

function open(row) {
  document.getElementById("d-name").textContent = row.name;
  var body = document.getElementById("d-body");
  var status = data.statuses[row.status];
  var list = el("dl");
  pair(list, "Status", el("span", status[0], status[1] + " " + status[2]));
  pair(list, "Group", data.groups[row.group]);
  if (row.change >= 0) {
    var letter = data.changes[row.change][0];
    var change = el("a", "", letter + " (" + data.changes[row.change][1] + ")");
    change.href = "#change-" + letter;
    change.addEventListener("click", function () {
      detail.close();
      var target = document.getElementById("change-" + letter);
      if (target) target.open = true;
    });
    pair(list, "Change", document.getElementById("change-" + letter) ? change : change.textContent);
  }
  pair(list, "Branch", el("code", "", data.branches[row.branch]));
  pair(list, "Looked at", row.base && el("code", "", row.base));
  pair(list, "Commit", row.commit && el("code", "", row.commit));
  if (row.commit) pair(list, "Pushed", row.pushed ? "yes" : "no");
  pair(list, "Merge request", row.standing && row.standing + (row.url ? ": " : ""));
  if (row.url) list.lastChild.append(link(row.url));
  body.replaceChildren(list);
  if (row.said.length > 0) {
    var messages = el("ul", "said");
    row.said.forEach(function (of) { said(messages, of); });
    body.append(messages);
  }
  if (data.patterns[row.pattern][0].length > 0) {
    body.append(el("h3", "", "Managed files"));
    var all = el("ul", "filelist");
    files(all, data.patterns[row.pattern]);
    body.append(all);
  }
  detail.showModal();
}

function legend() {
  var place = document.getElementById("legend");
  SIGNS.slice(1).forEach(function (sign) {
    var item = el("span", sign[2]);
    var mark = el("span", "sign", sign[0]);
    mark.setAttribute("aria-hidden", "true");
    item.append(mark, " " + sign[1]);
    place.append(item);
  });
  var further = data.files.length - data.columns;
  if (further > 0) place.append(el("span", "", grouped(further) + " further files stand in the details of each repository"));
  place.hidden = false;
}

function print(whole) {
  table.whole = whole;
  draw(true);
  document.querySelectorAll("details.change").forEach(function (change) {
    if (whole) {
      change.dataset.was = change.open ? "1" : "";
      change.open = true;
    } else {
      change.open = change.dataset.was === "1";
    }
  });
}

tools.hidden = false;
region.hidden = false;
heads(sort);
choices();
legend();
fill();
var height = parseFloat(getComputedStyle(region).getPropertyValue("--row"));
if (height > 0) table.height = height;
refresh();

fields.q.addEventListener("input", function () {
  clearTimeout(timer);
  timer = setTimeout(changed, 120);
});
["status", "group", "change"].forEach(function (name) { fields[name].addEventListener("change", changed); });
tools.addEventListener("submit", function (event) {
  event.preventDefault();
  clearTimeout(timer);
  changed();
});
document.getElementById("clear").addEventListener("click", function () {
  clearTimeout(timer);
  state = fresh();
  fill();
  remember();
  refresh();
  fields.q.focus();
});
window.addEventListener("hashchange", function () {
  var next = fromHash(location.hash);
  if (next === null) return;
  state = next;
  fill();
  refresh();
});
// A number at the top or a change's link leads to the rows that it counts.
document.addEventListener("click", function (event) {
  var to = event.target.closest("a[href^='#status='], a[href^='#change=']");
  if (to) document.getElementById("repositories").scrollIntoView();
});
region.addEventListener("scroll", function () { requestAnimationFrame(function () { draw(false); }); }, { passive: true });
window.addEventListener("resize", function () { draw(true); });
body.addEventListener("keydown", steps);
body.addEventListener("click", function (event) {
  var button = event.target.closest("button.name");
  if (!button) return;
  table.here = Number(button.dataset.place);
  open(table.shown[table.here]);
});
detail.addEventListener("click", function (event) { if (event.target === detail) detail.close(); });
detail.addEventListener("close", function () {
  var button = body.querySelector("button.name[data-place='" + table.here + "']");
  if (button) button.focus({ preventScroll: true });
});
document.getElementById("d-close").addEventListener("click", function () { detail.close(); });
window.addEventListener("beforeprint", function () { print(true); });
window.addEventListener("afterprint", function () { print(false); });
performance.mark("usable");
