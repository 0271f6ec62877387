// What is shown: the data, and the choice that stands in the address.
var data = JSON.parse(document.getElementById("data").textContent);
var TROUBLE = ["conflict", "failed"];
var SORTS = ["name", "status", "change"];

var words = data.statuses.map(function (status) { return status[0]; });

// Every row with what is searched in, made once.
var rows = data.rows.map(function (row, place) {
  return {
    place: place, name: row[0], status: row[1], group: row[2], change: row[3], branch: row[4], pattern: row[5],
    said: row[6], base: row[7], commit: row[8] || "", pushed: row[9] === 1, standing: row[10] || "", url: row[11] || "",
    text: null,
  };
});

function searched(row) {
  if (row.text === null) {
    var parts = [row.name];
    if (row.change >= 0) parts.push(data.changes[row.change][1]);
    row.said.forEach(function (said) { parts.push(data.words[said][1], data.words[said][2]); });
    data.patterns[row.pattern][1].forEach(function (torn) { parts.push(data.keys[torn[1]]); });
    row.text = parts.join("\n").toLowerCase();
  }
  return row.text;
}

function fresh() {
  return { q: "", status: "", group: "", change: "", sort: "name", down: false };
}

// Reads the address; what it does not know is left out. None: the address is a place in the page.
function fromHash(hash) {
  var text = hash.replace(/^#/, "");
  if (text !== "" && text.indexOf("=") < 0) return null;
  var given = new URLSearchParams(text);
  var state = fresh();
  state.q = given.get("q") || "";
  var status = given.get("status") || "";
  if (status === "trouble" || words.indexOf(status) >= 0) state.status = status;
  var group = given.get("group") || "";
  if (data.groups.indexOf(group) >= 0) state.group = group;
  var change = given.get("change") || "";
  var letters = data.changes.map(function (one) { return one[0]; });
  if (letters.indexOf(change) >= 0) state.change = change;
  var sort = given.get("sort") || "";
  state.down = sort.charAt(0) === "-";
  sort = sort.replace(/^-/, "");
  if (SORTS.indexOf(sort) >= 0) state.sort = sort; else state.down = false;
  return state;
}

function toHash(state) {
  var given = new URLSearchParams();
  ["status", "group", "change", "q"].forEach(function (name) {
    if (state[name] !== "") given.set(name, state[name]);
  });
  var sort = (state.down ? "-" : "") + state.sort;
  if (sort !== "name") given.set("sort", sort);
  return given.toString();
}

// The rows that a choice leaves, in its order.
function chosen(state) {
  var terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  var wanted = state.status === "trouble" ? TROUBLE : [state.status];
  var statuses = wanted.map(function (word) { return words.indexOf(word); });
  var group = data.groups.indexOf(state.group);
  var change = data.changes.findIndex(function (one) { return one[0] === state.change; });
  var found = rows.filter(function (row) {
    if (state.status !== "" && statuses.indexOf(row.status) < 0) return false;
    if (state.group !== "" && row.group !== group) return false;
    if (state.change !== "" && row.change !== change) return false;
    if (terms.length === 0) return true;
    var text = searched(row);
    return terms.every(function (term) { return text.indexOf(term) >= 0; });
  });
  // The data stands in the order of names, and sorting keeps it among equals.
  if (state.sort === "status") found.sort(function (a, b) { return a.status - b.status; });
  if (state.sort === "change") {
    var rank = function (row) { return row.change < 0 ? data.changes.length : row.change; };
    found.sort(function (a, b) { return rank(a) - rank(b); });
  }
  if (state.down) found.reverse();
  return found;
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
