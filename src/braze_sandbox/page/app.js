// The live page: asks /_sandbox/ once a second and draws what changed.
// Whatever was sent to the sandbox becomes text nodes alone; no HTML is ever made of it.

const EVERY_MS = 1000;
const SHOWN = 50;
const BAD_FROM = 400;

const place = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const count = (value) => number.format(value);
const plural = (many, one) => `${count(many)} ${one}${many === 1 ? "" : "s"}`;

/** An element; a child that is no node becomes text. */
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

async function get(what) {
  const answer = await fetch(`/_sandbox/${what}`, { cache: "no-store" });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

const drawn = new Map();

/** Draw into a place if what is to be seen there has changed; the focus stays where it was. */
function draw(id, data, render) {
  const state = JSON.stringify(data);
  if (drawn.get(id) === state) return;
  drawn.set(id, state);
  const target = place(id);
  const focused = target.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const scrolled = target.querySelector(".scroll")?.scrollTop ?? 0;
  target.replaceChildren(...[render(data)].flat());
  const box = target.querySelector(".scroll");
  if (box) box.scrollTop = scrolled;
  if (focused) target.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const empty = (...children) => el("div", { class: "empty" }, ...children);

function table(heads, rows, label) {
  const cells = heads.map(([text, kind]) => el("th", { scope: "col", class: kind }, text));
  const head = el("thead", null, el("tr", null, cells));
  const body = el("tbody", null, rows);
  const own = { class: "scroll", tabindex: "0", role: "region", "aria-label": label };
  return el("div", own, el("table", null, head, body));
}

const td = (kind, ...children) => el("td", { class: kind }, ...children);
const mark = (kind, text) => el("span", { class: `mark ${kind}` }, text);
const clockTime = (at) => el("time", { class: "time", datetime: at, title: at }, `${at.slice(11, 19)}`);

// Users

const aliasText = (alias) => `${alias.alias_label}: ${alias.alias_name}`;

function userName(user) {
  if (user.external_id !== null) return user.external_id;
  if (user.user_aliases.length) return aliasText(user.user_aliases[0]);
  return user.attributes.email ?? user.attributes.phone ?? user.braze_id;
}

const userLink = (user) =>
  el("a", { href: `#/users/${user.braze_id}`, "data-key": user.braze_id }, userName(user));

function drawUsers({ users, total, found, search, mode }) {
  if (!users.length) return noUsers(total, search, mode);
  const rows = users.map((user) => {
    const { first_name: first, last_name: last, email } = user.attributes;
    const name = [first, last].filter(Boolean).join(" ");
    const held = Object.keys(user.attributes).length + Object.keys(user.custom_attributes).length;
    return el("tr", null,
      el("th", { scope: "row" }, userLink(user), user.external_id === null ? el("div", { class: "what" }, "no external id") : null),
      td("value", name, name && email ? el("br") : null, email ? el("span", { class: "what" }, email) : null),
      td("number", count(held)),
      td("number narrow-off", count(sum(user.custom_events) + sum(user.purchases))));
  });
  const shown = found > users.length ? [el("p", { class: "hint" }, `The newest ${users.length} of ${count(found)}.`)] : [];
  return [...shown, table([["User"], ["Name, e-mail"], ["Attributes", "number"], ["Events, purchases", "number narrow-off"]], rows, "Users")];
}

const sum = (tallies) => tallies.reduce((all, one) => all + one.count, 0);

function noUsers(total, search, mode) {
  if (mode === "sink") return empty("A sink keeps no users: it only counts.");
  if (total) return empty(`None of the ${plural(total, "user")} matches “${search}”.`);
  const example = `curl ${location.origin}/users/track \\
  -H 'Authorization: Bearer sandbox-key' -H 'Content-Type: application/json' \\
  -d '{"attributes": [{"external_id": "ada", "first_name": "Ada"}]}'`;
  return empty("No users yet. They appear as soon as a client sends some:", el("pre", null, example));
}

// Requests

const losses = (request) => Object.values(request.silent).reduce((all, one) => all + one, 0);
const isTrouble = (request) => request.status === null || request.status >= BAD_FROM || !request.answered || request.errors.length > 0 || losses(request) > 0;

function statusMark(request) {
  if (request.status === null) return mark("bad", "cut");
  if (request.status >= BAD_FROM) return mark("bad", request.status);
  return mark(request.errors.length || !request.answered ? "warn" : "good", request.status);
}

function outcome(request) {
  const parts = [];
  if (request.faults.length) parts.push(["warn", "fault met"]);
  if (!request.answered) parts.push(["bad", "answer cut off"]);
  if (request.status >= BAD_FROM && request.message) parts.push(["bad", request.message]);
  if (request.errors.length) parts.push(["bad", plural(request.errors.length, "error")]);
  if (losses(request)) parts.push(["warn", `${count(losses(request))} dropped or altered`]);
  return parts.map(([kind, text]) => el("div", { class: `what ${kind}` }, text));
}

function requestRow(request) {
  const key = `request-${request.number}`;
  const objects = Object.values(request.objects).reduce((all, one) => all + one, 0);
  return el("tr", null,
    td("time", clockTime(request.at)),
    el("th", { scope: "row" }, el("a", { href: `#/requests/${request.number}`, "data-key": key, class: "path" }, `${request.method} ${request.path}`), outcome(request)),
    td("", statusMark(request)),
    td("number narrow-off", objects ? count(objects) : "–"),
    td("number", count(request.data_points), request.data_points_unchanged ? el("div", { class: "what warn" }, `${count(request.data_points_unchanged)} wasted`) : null));
}

function requestTable(requests, label) {
  const heads = [["Time (UTC)"], ["Request"], ["Status"], ["Objects", "number narrow-off"], ["Data points", "number"]];
  return table(heads, requests.map(requestRow), label);
}

function drawRequests({ requests, total, only, mode }) {
  const shown = only ? requests.filter(isTrouble) : requests;
  if (shown.length) return [requestTable([...shown].reverse(), "Requests")];
  if (mode === "sink") return [empty("A sink keeps no requests: it only counts.")];
  if (total && !requests.length) return [empty("The requests before the last start are counted, and no longer listed.")];
  return [empty(total ? `None of the last ${plural(requests.length, "request")} had trouble.` : "No requests yet.")];
}

// Overview

function drawAbout(about) {
  const chips = [[`${about.mode} mode`], [`contract: ${about.contract.replaceAll("_", " ")}`], [about.instance ? about.instance.name : "any instance"]];
  if (!about.active) chips.push(["account not active", "bad"]);
  return chips.map(([text, kind]) => el("span", { class: `chip ${kind ?? ""}` }, text));
}

function drawFigures(summary) {
  const accepted = Object.values(summary.accepted).reduce((all, one) => all + one, 0);
  const failed = Object.values(summary.requests_by_path).flatMap(Object.entries).reduce((all, [status, many]) => all + (Number(status) >= BAD_FROM || status === "None" ? many : 0), 0);
  const wasted = summary.data_points_unchanged;
  const part = summary.data_points ? Math.round((wasted / summary.data_points) * 100) : 0;
  const figures = [
    ["Users", summary.users],
    ["Requests", summary.requests, summary.unsettled_requests ? `${count(summary.unsettled_requests)} not applied yet` : ""],
    ["Requests refused", failed, summary.unanswered ? `${count(summary.unanswered)} cut off` : "", failed ? "bad" : ""],
    ["Objects accepted", accepted, summary.refused_objects ? `${count(summary.refused_objects)} refused` : ""],
    ["Data points", summary.data_points],
    ["Of these wasted", wasted, wasted ? `${part} %` : "", wasted ? "warn" : ""],
  ];
  return figures.map(([name, value, small, kind]) =>
    el("div", { class: kind }, el("dt", null, name), el("dd", null, count(value), small ? el("small", null, small) : null)));
}

function share(part, wasted) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  for (const [kind, from, to] of [["used", 0, part - wasted], ["wasted", part - wasted, part]]) {
    const bar = document.createElementNS(space, "rect");
    bar.setAttribute("class", kind);
    bar.setAttribute("x", from * 100);
    bar.setAttribute("width", (to - from) * 100);
    bar.setAttribute("height", 10);
    svg.append(bar);
  }
  return el("div", { class: "share", "aria-hidden": "true" }, svg);
}

function drawPoints({ total, by_key: keys }) {
  if (!keys.length) return empty("Nothing has cost anything yet.");
  const most = keys[0].data_points;
  const rows = keys.slice(0, SHOWN).map((one) => el("tr", null,
    el("th", { scope: "row" }, one.key, el("div", { class: "what" }, one.kind)),
    td("number", count(one.data_points), el("div", { class: "what" }, `${Math.round((one.data_points / total) * 100)} %`)),
    td("number", one.unchanged ? el("span", { class: "what warn" }, count(one.unchanged)) : "0"),
    td("narrow-off", share(one.data_points / most, one.unchanged / most))));
  const heads = [["Key"], ["Data points", "number"], ["Wasted", "number"], ["Beside the dearest", "narrow-off"]];
  const more = keys.length > SHOWN ? [el("p", { class: "hint" }, `The dearest ${SHOWN} of ${count(keys.length)} keys.`)] : [];
  return [...more, table(heads, rows, "Data points by key")];
}

function drawLimits({ limits }) {
  if (!limits.length) return empty("No limit is in force.");
  const standing = (one) => one.used / one.requests;
  const rows = limits.toSorted((a, b) => standing(b) - standing(a)).map((one) => el("tr", null,
    el("th", { scope: "row" }, one.bucket.replaceAll("_", " "), el("div", { class: "what" }, `${count(one.requests)} in ${count(one.seconds)} s`)),
    td("number", count(one.used)),
    td("", el("meter", { min: 0, max: one.requests, high: one.requests * 0.9, optimum: 0, value: one.used, "aria-label": `${one.used} of ${one.requests}` }))));
  return table([["Limit"], ["Used", "number"], ["Standing"]], rows, "Rate limits");
}

function drawSilent(silent) {
  const rules = Object.entries(silent);
  if (!rules.length) return empty("Nothing so far.");
  return table([["What happened"], ["Times", "number"]], rules.map(([rule, many]) =>
    el("tr", null, el("th", { scope: "row" }, rule.replaceAll("_", " ")), td("number", count(many)))), "Dropped or altered");
}

function drawCatalogs(catalogs) {
  const rows = catalogs.map((one) => el("tr", null,
    el("th", { scope: "row" }, one.name, el("div", { class: "what" }, one.description)),
    td("number", count(one.fields.length)), td("number", count(one.num_items)), td("time", one.updated_at.slice(0, 16).replace("T", " "))));
  return rows.length ? table([["Catalog"], ["Fields", "number"], ["Items", "number"], ["Last change (UTC)"]], rows, "Catalogs") : empty("None.");
}

function drawFaults({ faults }) {
  if (!faults.length) return empty("None. The sandbox answers as it should.");
  return table([["Fault"], ["As it was asked for"]], faults.map((fault) => {
    const { kind, ...rest } = fault;
    return el("tr", null, el("th", { scope: "row" }, kind.replaceAll("_", " ")), td("value", el("code", null, JSON.stringify(rest))));
  }), "Faults");
}

// Single users and requests

const back = () => el("p", null, el("a", { href: "#/" }, "← All users and requests"));
const section = (title, ...children) => el("section", null, el("h2", null, title), ...children);
const pairs = (items) => el("dl", { class: "pairs" }, items.flatMap(([name, value]) => [el("dt", null, name), el("dd", null, value)]));
const isPlain = (value) => value === null || typeof value !== "object";

/** Texts as they are, lists of plain values in one line, anything deeper indented. */
function shown(value) {
  if (typeof value === "string") return value;
  const flat = Array.isArray(value) && value.every(isPlain);
  return flat ? `[${value.map((one) => JSON.stringify(one)).join(", ")}]` : JSON.stringify(value, null, 2);
}

function attributes(values, types) {
  const rows = Object.entries(values).map(([name, value]) => el("tr", null,
    el("th", { scope: "row" }, name), td("value", shown(value)), td("type", types ? types[name] : "standard")));
  return rows.length ? table([["Attribute"], ["Value"], ["Type"]], rows, "Attributes") : empty("None.");
}

function tallies(items, key) {
  const rows = items.map((one) => el("tr", null,
    el("th", { scope: "row" }, one[key]), td("number", count(one.count)), td("time", one.first.slice(0, 16).replace("T", " ")), td("time", one.last.slice(0, 16).replace("T", " "))));
  return table([["Name"], ["Times", "number"], ["First (UTC)"], ["Last (UTC)"]], rows, key);
}

function drawUser(data) {
  if (data === null) return [back(), empty("This user is not here (any more): deleted, merged into another, or reset.")];
  const { user, cohorts, requests } = data;
  const known = [["External id", user.external_id ?? "none"], ["Braze id", user.braze_id]];
  for (const alias of user.user_aliases) known.push(["Alias", aliasText(alias)]);
  for (const old of user.deprecated_ids) known.push(["Former external id", old]);
  const groups = Object.entries(user.subscription_groups);
  return [
    back(),
    el("h2", { class: "title" }, userName(user)),
    el("div", { class: "columns" },
      el("div", null,
        section("Known as", pairs(known)),
        section("Attributes", attributes(user.attributes, null)),
        section("Custom attributes", attributes(user.custom_attributes, user.custom_attribute_types))),
      el("div", null,
        section("Subscription groups", groups.length ? pairs(groups) : empty("None.")),
        section("Cohorts", cohorts.length ? pairs(cohorts.map((one) => [one.name, `${one.cohort_id}, of ${one.partner}`])) : empty("In none.")),
        section("Events", user.custom_events.length ? tallies(user.custom_events, "name") : empty("None.")),
        section("Purchases", user.purchases.length ? [el("p", { class: "hint" }, `Revenue: ${count(user.total_revenue)}`), tallies(user.purchases, "product_id")] : empty("None.")))),
    section("Requests that name or changed this user", requests.length ? requestTable([...requests].reverse(), "Requests of this user") : empty("None of those that are kept.")),
  ];
}

function errorRow(error) {
  if (typeof error === "string") return el("tr", null, td(""), td("value", error));
  if (error.parameter_values) return el("tr", null, td("", error.parameter_values.join(", ")), td("value", `${error.id}: ${error.message}`));
  return el("tr", null, td("", `${error.input_array ?? ""} ${error.index ?? ""}`), td("value", error.type ?? shown(error)));
}

function drawRequest(request) {
  if (request === null) return [back(), empty("This request is no longer kept.")];
  const told = [
    ["At", request.at], ["Status", statusMark(request)], ["Message", request.message || "–"],
    ["Body", `${count(request.body_bytes)} bytes`],
    ["Data points", `${count(request.data_points)}, of these wasted: ${count(request.data_points_unchanged)}`],
  ];
  const silent = Object.entries(request.silent);
  if (silent.length) told.push(["Dropped or altered", silent.map(([rule, many]) => `${rule.replaceAll("_", " ")}: ${many}`).join(", ")]);
  if (request.faults.length) told.push(["Faults met", request.faults.join(", ")]);
  if (!request.answered) told.push(["Answer", "cut off on its way"]);
  return [
    back(),
    el("h2", { class: "title" }, `Request ${request.number}: ${request.method} ${request.path}`),
    section("What came of it", pairs(told)),
    request.errors.length ? section("Errors", table([["Object"], ["Reason"]], request.errors.map(errorRow), "Errors")) : null,
    section("What was sent", request.body === null ? empty("Nothing, or it is no longer kept.") : el("pre", { tabindex: "0" }, typeof request.body === "string" ? request.body : JSON.stringify(request.body, null, 2))),
  ].filter(Boolean);
}

// Going round

async function refreshOverview() {
  const search = place("search").value.trim();
  const only = place("trouble").checked;
  const [summary, users, requests, points, limits, catalogs, faults] = await Promise.all([
    get("summary"), get(`users?limit=${SHOWN}&search=${encodeURIComponent(search)}`), get(`requests?last=${only ? 1000 : SHOWN}`),
    get("data-points"), get("limits"), get("catalogs?items=0"), get("faults"),
  ]);
  if (route().kind !== "overview") return;
  const { mode } = summary;
  draw("figures", summary, drawFigures);
  draw("users", { ...users, search, mode }, drawUsers);
  draw("requests", { ...requests, total: summary.requests, only, mode }, drawRequests);
  draw("points", points, drawPoints);
  draw("limits", limits, drawLimits);
  draw("catalogs", catalogs, ({ catalogs: held }) => drawCatalogs(held));
  draw("silent", summary.silent, drawSilent);
  draw("faults", faults, drawFaults);
}

async function refreshUser(id) {
  const data = await get(`user?braze_id=${encodeURIComponent(id)}`);
  if (route().id !== id) return;
  document.title = data ? `${userName(data.user)} · Braze sandbox` : "Braze sandbox";
  draw("detail", { user: data }, ({ user }) => drawUser(user));
}

async function refreshRequest(id) {
  const data = await get(`requests?number=${encodeURIComponent(id)}&bodies=1`);
  if (route().id !== id) return;
  document.title = `Request ${id} · Braze sandbox`;
  draw("detail", { request: data.requests[0] ?? null }, ({ request }) => drawRequest(request));
}

function route() {
  const [, kind, id] = /^#\/(users|requests)\/(\w+)$/.exec(location.hash) ?? [null, "overview", null];
  return { kind, id };
}

async function refresh() {
  const { kind, id } = route();
  try {
    draw("about", await get(""), drawAbout);
    if (kind === "users") await refreshUser(id);
    else if (kind === "requests") await refreshRequest(id);
    else await refreshOverview();
    place("overview").hidden = kind !== "overview";
    place("detail").hidden = kind === "overview";
    say("Live", false);
  } catch (error) {
    console.warn(error);
    say("The sandbox does not answer. Trying again…", true);
  }
}

function say(text, off) {
  const live = place("live");
  if (live.textContent !== text) live.textContent = text;
  live.classList.toggle("off", off);
}

async function turnTo() {
  document.title = "Braze sandbox";
  drawn.delete("detail");
  await refresh();
  window.scrollTo(0, 0);
  place("main").focus({ preventScroll: true });
}

async function loop() {
  if (!document.hidden) await refresh();
  setTimeout(loop, EVERY_MS);
}

window.addEventListener("hashchange", turnTo);
place("search").addEventListener("input", refresh);
place("trouble").addEventListener("change", refresh);
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === "/" && !typing && route().kind === "overview") {
    event.preventDefault();
    place("search").focus();
  } else if (event.key === "Escape" && route().kind !== "overview") {
    location.hash = "#/";
  }
});
loop();
