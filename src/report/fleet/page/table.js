// The table: of all rows that are chosen, those in sight and a few around them are in the document.
var SIGNS = [
  ["", "not managed", "none"], ["·", "unchanged", "keep"], ["+", "created", "create"], ["~", "updated", "update"],
  ["−", "deleted", "delete"], ["!", "conflict", "conflict"],
];
var AROUND = 8;
var PAPER = 250;
var region = document.getElementById("table");
var head = document.getElementById("head");
var body = document.getElementById("rows");
var table = { shown: [], from: -1, to: -1, here: 0, height: 30, whole: false };
var cellsOf = [];

function el(name, className, text) {
  var made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A sign for the eye and a word for the ear.
function signed(parent, sign, word) {
  var mark = el("span", "sign", sign);
  mark.setAttribute("aria-hidden", "true");
  parent.append(mark, el("span", "vh", word));
}

// The cells of a pattern of files, made once, then copied: words for the ear, which the style shows as signs.
function cells(pattern) {
  if (!cellsOf[pattern]) {
    var actions = new Array(data.columns).fill(0);
    data.patterns[pattern][0].forEach(function (cell) {
      var file = Math.floor(cell / 8);
      if (file < data.columns) actions[file] = cell % 8;
    });
    cellsOf[pattern] = document.createDocumentFragment();
    actions.forEach(function (action) {
      cellsOf[pattern].append(el("td", "c-file " + SIGNS[action][2], SIGNS[action][1]));
    });
  }
  return cellsOf[pattern].cloneNode(true);
}

function heads(onSort) {
  var cols = document.getElementById("cols");
  [["name", "Repository"], ["status", "Status"], ["change", "Change"]].forEach(function (column) {
    cols.append(el("col", "c-" + column[0]));
    var th = el("th", "c-" + column[0]);
    th.scope = "col";
    var button = el("button", "sort", column[1]);
    button.type = "button";
    button.append(el("span", "arrow"));
    button.addEventListener("click", function () { onSort(column[0]); });
    th.dataset.sort = column[0];
    th.append(button);
    head.append(th);
  });
  cols.append(el("col", "c-group"));
  var group = el("th", "c-group");
  group.append(el("span", "sort", "Group"));
  group.scope = "col";
  head.append(group);
  for (var file = 0; file < data.columns; file += 1) {
    cols.append(el("col", "c-file"));
    var th = el("th", "c-file");
    th.scope = "col";
    th.title = data.files[file];
    th.append(el("span", "path", data.files[file]));
    head.append(th);
  }
  region.style.setProperty("--files", String(data.columns));
}

function sorted(state) {
  Array.prototype.forEach.call(head.children, function (th) {
    if (!th.dataset.sort) return;
    var mine = th.dataset.sort === state.sort;
    if (mine) th.setAttribute("aria-sort", state.down ? "descending" : "ascending"); else th.removeAttribute("aria-sort");
    var arrow = th.querySelector(".arrow");
    arrow.textContent = mine ? (state.down ? "▼" : "▲") : "";
    arrow.setAttribute("aria-hidden", "true");
  });
}

function line(row, place) {
  var tr = el("tr", place % 2 ? "odd" : "");
  tr.setAttribute("aria-rowindex", String(place + 2));
  var name = el("th", "c-name");
  name.scope = "row";
  var button = el("button", "name", row.name);
  button.type = "button";
  button.title = row.name;
  button.dataset.place = String(place);
  button.tabIndex = place === table.here ? 0 : -1;
  name.append(button);
  var status = data.statuses[row.status];
  var standing = el("td", "c-status " + status[0]);
  var sign = el("span", "sign", status[1]);
  sign.setAttribute("aria-hidden", "true");
  standing.append(sign, status[2]);
  var change = el("td", "c-change");
  if (row.change >= 0) change.append(el("span", "letter", data.changes[row.change][0]));
  tr.append(name, standing, change, el("td", "c-group", data.groups[row.group]), cells(row.pattern));
  return tr;
}

function gap(rows) {
  var tr = el("tr", "gap");
  tr.setAttribute("aria-hidden", "true");
  var td = el("td");
  td.colSpan = data.columns + 3;
  td.style.height = rows * table.height + "px";
  tr.append(td);
  return tr;
}

function remark(text) {
  var tr = el("tr", "empty");
  var td = el("td", "", text);
  td.colSpan = data.columns + 3;
  tr.append(td);
  return tr;
}

// Puts the rows in sight into the document, if they are not there already.
function draw(force) {
  var all = table.shown.length;
  var first = Math.floor(region.scrollTop / table.height);
  var count = Math.ceil(region.clientHeight / table.height);
  var from = Math.max(0, Math.min(first, all - count) - AROUND);
  var to = Math.min(all, first + count + AROUND);
  if (table.whole) { from = 0; to = Math.min(all, PAPER); }
  var inside = first >= table.from && Math.min(all, first + count) <= table.to;
  if (!force && inside && !table.whole) return;
  // Rows come and go under whoever stands in one of them.
  var standing = body.contains(document.activeElement);
  var part = document.createDocumentFragment();
  if (from > 0) part.append(gap(from));
  for (var place = from; place < to; place += 1) part.append(line(table.shown[place], place));
  if (to < all) part.append(table.whole ? remark(grouped(all - to) + " more are not printed; filter first.") : gap(all - to));
  if (all === 0) part.append(remark("No repository is like that. Clear the filters to see all."));
  body.replaceChildren(part);
  table.from = from;
  table.to = to;
  var here = body.querySelector("button.name[tabindex='0']");
  if (standing) (here || region).focus({ preventScroll: true });
  if (!here) {
    var next = body.querySelector("button.name[data-place='" + Math.max(first, from) + "']");
    if (next) next.tabIndex = 0;
  }
}

function show(found) {
  table.shown = found;
  table.here = 0;
  body.parentElement.setAttribute("aria-rowcount", String(found.length + 1));
  region.scrollTop = 0;
  draw(true);
}

// Goes to a row, and brings it into sight below the head.
function go(place) {
  var all = table.shown.length;
  if (all === 0) return;
  table.here = Math.max(0, Math.min(all - 1, place));
  var top = table.here * table.height;
  var room = region.clientHeight - head.offsetHeight - table.height;
  if (top < region.scrollTop) region.scrollTop = top;
  if (top > region.scrollTop + room) region.scrollTop = top - room;
  draw(true);
  var button = body.querySelector("button.name[data-place='" + table.here + "']");
  if (button) button.focus({ preventScroll: true });
}

function steps(event) {
  var at = event.target.closest("button.name");
  if (!at || event.altKey || event.ctrlKey || event.metaKey) return;
  var place = Number(at.dataset.place);
  var page = Math.max(1, Math.floor(region.clientHeight / table.height) - 2);
  var to = {
    ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0,
    End: table.shown.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go(to);
}
