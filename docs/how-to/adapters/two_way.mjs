// A careful two-way sync client, with Node's own fetch and no package (Node 18 or newer).
//
//   mockcrm trial -- node two_way.mjs
//
// The calendar on the other side is the mailbox: what its user did is in CRM_MAILBOX. Copy this file, and put your own
// calendar in place of `show` and `CRM_MAILBOX`. JSON.parse rounds numbers beyond 2^53: a CRM with a parentId or a
// contactId of that size needs another parser.
import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const { CRM_URL, CRM_STATE, CRM_MAILBOX, CRM_REPLICA } = process.env;
const STATE = `${CRM_STATE}/state.json`;
const LOOKBACK = 10 * 60_000; // Milliseconds: longer than any change takes to show in lists.
const FULL_READ = 24 * 3_600_000; // No watermark finds a change without a new stamp, so everything is read once a day.
const ATTEMPTS = 4;
const [FIRST_PAUSE, LONGEST_PAUSE, TIMEOUT] = [100, 2_000, 10_000];
const INSTANTS = ["startTime", "endTime", "lastModifiedAt", "deletedAt"];
const TIMES = ["allDay", "startTime", "endTime"]; // These say together when an event takes place.
const FIELDS = [...TIMES, "subject", "description", "location", "private", "attendees", "parentId", "relatedTo"];

class GaveUp extends Error {} // This sync failed. The next one may succeed.
class Expired extends GaveUp {} // A watermark or a page token is too old.
class Refused extends Error {} // This write will never succeed.

// The state from sync to sync. It is saved after each page and each write, so nothing is done twice after an error.
const state = { events: {}, since: {}, outbox: [], created: {}, aside: [], token: randomUUID() };
Object.assign(state, JSON.parse(await readFile(STATE, "utf8").catch(() => "{}")));
async function save() {
  await writeFile(`${STATE}.new`, JSON.stringify(state));
  await rename(`${STATE}.new`, STATE); // A crash leaves the old file or the new one, and never half of one.
}

// ---- Requests

async function ask(method, path, { query, body, headers } = {}) {
  let problem;
  for (let attempt = 0, pause = FIRST_PAUSE; attempt < ATTEMPTS; attempt++) {
    const authorization = { Authorization: `Bearer ${state.token}` };
    try {
      const response = await fetch(`${CRM_URL}${path}?${new URLSearchParams(query)}`, {
        method,
        headers: { "Content-Type": "application/json", ...authorization, ...headers },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const { status } = response;
      const text = await response.text();
      problem = `${method} ${path} was answered with ${status}: ${text.slice(0, 200)}`;
      if (status === 401) {
        state.token = randomUUID(); // Sign in again here: this CRM accepts any token.
        continue;
      }
      if (status < 500 && status !== 429) {
        return { status, problem, headers: response.headers, json: status < 400 ? parsed(response, text) : null };
      }
      pause = Math.max(pause, retryAfter(response));
    } catch (error) {
      problem = `${method} ${path}: ${error.message}`; // No answer, or half of one: nobody knows whether it was done.
    }
    if (pause > LONGEST_PAUSE) break; // The next sync continues; waiting so long is the scheduler's business.
    await sleep(pause);
    pause *= 2;
  }
  throw new GaveUp(problem);
}

function parsed(response, text) {
  if (!text) return {};
  // A login page has status 200, too.
  if (!response.headers.get("content-type")?.includes("json")) throw new Error("The answer is not JSON.");
  return JSON.parse(text);
}

function retryAfter(response) {
  const asked = response.headers.get("retry-after") ?? "0";
  const date = Date.parse(response.headers.get("date")); // The CRM's clock, not ours.
  return /^\d+$/.test(asked) ? asked * 1_000 : Date.parse(asked) - date;
}

function succeeded(answer) {
  if (answer.status >= 400) throw new Refused(answer.problem);
  return answer;
}

const isGone = ({ status }) => status === 404 || status === 410;

async function readEvent(id) {
  const answer = await ask("GET", `/events/${id}`);
  return isGone(answer) ? null : { row: normal(succeeded(answer).json), tag: answer.headers.get("etag") };
}

function instant(value) {
  if (typeof value !== "string") return new Date(value).toISOString();
  const text = value.replace(/^(.{10}) (.*)$/, "$1T$2Z").replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  return new Date(text).toISOString();
}

function normal(row) {
  const times = INSTANTS.filter((name) => name in row).map((name) => [name, instant(row[name])]);
  return { ...row, ...Object.fromEntries(times) };
}

// ---- From the CRM to the calendar

async function pull() {
  if (!state.since.events) return readAll();
  try {
    const asOf = await readDelta("events");
    if (state.apart) await readDelta("deletedEvents");
    if (Date.parse(asOf) - Date.parse(state.readAllAt) >= FULL_READ) await readAll();
  } catch (error) {
    if (!(error instanceof Expired)) throw error;
    await readAll();
  }
}

async function readAll() {
  state.since = {};
  const read = await readStably("events", {});
  for (const id of Object.keys(state.events).filter((id) => !read.ids.includes(id))) {
    // A list that lacks an event may be wrong: only the event itself says that it is deleted.
    await apply((await readEvent(id))?.row ?? { id, deleted: true });
  }
  state.readAllAt = read.asOf;
  state.since.events = state.since.deletedEvents = before(read.asOf);
}

const before = (asOf) => new Date(Date.parse(asOf) - LOOKBACK).toISOString();

async function readDelta(list) {
  const read = await readStably(list, { since: state.since[list] });
  // A CRM may cut a list short and not say so: ask again from the newest row until nothing is newer.
  for (let [asked, last] = ["", read]; last.newest > asked; ) {
    asked = last.newest;
    const again = await readPages(list, { since: asked });
    // Rows of one stamp alone, and as many as before: more may have that stamp than the CRM ever returns.
    if (again.newest === asked && size(again) > 1 && size(again) === size(last)) await readHalves(list, again, { since: asked });
    last = again;
  }
  state.since[list] = before(read.asOf);
  return read.asOf;
}

const size = ({ ids, gone }) => ids.length + gone.length;

// Ask for each half of the time, and for halves of a half that has as many rows.
async function readHalves(list, read, query) {
  const starts = [...new Set(read.starts)].sort();
  const later = starts.filter((start) => start > (query.startAt ?? starts[0]));
  if (later.length === 0) return; // All these events begin together.
  const middle = later[later.length >> 1];
  for (const half of [{ ...query, endAt: middle }, { ...query, startAt: middle }]) {
    const part = await readPages(list, half);
    if (size(part) >= size(read)) await readHalves(list, part, half);
  }
}

// Rows may move between two pages if something changes meanwhile. Then another row is skipped, so all is read again.
async function readStably(list, query) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const read = await readPages(list, query);
    if (read.tokens.length === 0 || !(await hasChangedAfter(read))) return read;
  }
  throw new GaveUp("The list changed during each attempt to read it.");
}

async function hasChangedAfter({ asOf, ids }) {
  const query = { since: asOf, limit: 1000 }; // One page is enough, whatever size pages have otherwise.
  const changes = [await readPages("events", query)];
  if (state.apart) changes.push(await readPages("deletedEvents", query));
  return changes.some(({ newest, gone }) => newest > asOf || gone.some((id) => ids.includes(id)));
}

// Read a list to its last page. A read that a sync could not finish is continued by the next one, at the same page.
async function readPages(list, query, restarts = 0) {
  const key = JSON.stringify([list, query]);
  if (state.reading?.key !== key) state.reading = { key, asOf: null, ids: [], gone: [], starts: [], newest: "", tokens: [] };
  const read = state.reading;
  for (;;) {
    const page = await readPage(list, query, read.tokens.at(-1));
    if (page.status >= 400) {
      state.reading = null;
      if (!read.tokens.length) throw page.status === 410 ? new Expired(page.problem) : new GaveUp(page.problem);
      if (restarts === ATTEMPTS) throw new GaveUp(page.problem);
      return readPages(list, query, restarts + 1); // The page token is refused: start again.
    }
    const { records, nextPageToken, asOf } = page.json;
    read.asOf ??= instant(asOf); // The first page's: what changes during the read has a later stamp.
    for (const row of records.map(normal)) {
      await apply(row);
      (row.deleted ? read.gone : read.ids).push(row.id);
      if (row.startTime) read.starts.push(row.startTime);
      if (row.lastModifiedAt > read.newest) read.newest = row.lastModifiedAt;
    }
    if (!nextPageToken || read.tokens.includes(nextPageToken)) state.reading = null;
    if (!nextPageToken) return read;
    if (!state.reading) throw new GaveUp("The page tokens form a loop.");
    read.tokens.push(nextPageToken);
    await save();
  }
}

async function readPage(list, query, pageToken) {
  const withDeletions = list === "events" && query.since && !state.apart;
  const first = withDeletions ? { ...query, showDeleted: true } : query;
  const page = await ask("GET", `/${list}`, { query: pageToken ? { pageToken } : first });
  if (page.status !== 400 || !withDeletions || pageToken) return page;
  state.apart = true; // This CRM does not show deletions in lists: they are a list of their own.
  return readPage(list, query);
}

async function apply(row) {
  const known = state.events[row.id];
  // Lists may redact, leave out fields, or lag behind. Then the event itself has the truth.
  const isDoubtful = row.private || FIELDS.some((name) => !(name in row)) || row.lastModifiedAt < known?.lastModifiedAt;
  if (!row.deleted && isDoubtful) row = (await readEvent(row.id))?.row ?? { id: row.id, deleted: true };
  const event = row.deleted ? undefined : row;
  if (!isSame(event, known)) await show(row.id, event);
  if (event) state.events[row.id] = event;
  else delete state.events[row.id];
}

async function show(id, event) {
  // Write the event to the calendar here, or delete its entry if there is no event. An entry that the calendar cannot
  // hold is set aside, so that it does not stop those behind it. A child event has a parentId: no meeting of its own.
}

function isSame(one, other) {
  const content = (event) => event && { ...event, lastModifiedAt: null };
  return isDeepStrictEqual(content(one), content(other));
}

// ---- From the calendar to the CRM

async function push() {
  const actions = CRM_MAILBOX ? JSON.parse(await readFile(CRM_MAILBOX, "utf8")) : [];
  for (const action of actions) {
    const [[verb, step]] = Object.entries(action);
    state.outbox.push({ verb, ...step, key: randomUUID() });
  }
  await save(); // The outbox comes first: each action is in CRM_MAILBOX once.
  while (state.outbox.length) {
    const [item] = state.outbox;
    item.id ??= state.created[item.event];
    item.base ??= state.events[item.id]; // What the user saw.
    try {
      await { create, edit, delete: remove }[item.verb](item);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      console.error(`Set aside: ${error.message}`);
      state.aside.push(item);
    }
    state.outbox.shift();
    await save();
  }
}

async function create({ as, set, key }) {
  const same = await sameMeeting(set);
  if (same) {
    state.created[as] = same.id;
    return apply(same);
  }
  const answer = succeeded(await ask("POST", "/events", { body: set, headers: { "Idempotency-Key": key } }));
  const id = answer.headers.get("location").split("/").at(-1);
  state.created[as] = id;
  await store(id, answer);
}

// A meeting with a colleague may be in the CRM already: the sync of the colleague's mailbox has put it there.
async function sameMeeting(set) {
  if (!(set.attendees?.length > 1)) return null;
  const identity = ({ subject, startTime, endTime, attendees = [] }) =>
    [subject, instant(startTime), instant(endTime), ...attendees.map((each) => each.emailAddress?.toLowerCase()).sort()];
  const query = { startAt: set.startTime, endAt: set.endTime };
  for (let page, tokens = []; !tokens.includes(page?.nextPageToken) && page?.nextPageToken !== null; ) {
    if (page) tokens.push(page.nextPageToken);
    page = succeeded(await readPage("events", query, tokens.at(-1))).json;
    const same = page.records.find((row) => !state.events[row.id] && isDeepStrictEqual(identity(row), identity(set)));
    if (same) return normal(same);
  }
  return null;
}

// Read an event, decide, and write with the tag of what was read. After a 412: read again, and decide again.
async function rewrite(id, decide) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await readEvent(id);
    const answer = found && (await decide(found));
    if (!found || (answer && isGone(answer))) return apply({ id, deleted: true }); // And never create it again.
    if (!answer) return apply(found.row);
    if (answer.status !== 412) return store(id, succeeded(answer));
  }
  throw new GaveUp(`Event ${id} changed during each attempt to write it.`);
}

function edit({ id, set, base }) {
  return rewrite(id, (found) => {
    const changes = changesOf(set, base, found.row);
    return isDeepStrictEqual(changes, {}) ? null : update(id, found, changes);
  });
}

function remove({ id, base }) {
  return rewrite(id, ({ row, tag }) => {
    if (base && !isSame(row, base)) return null; // Somebody changed it since the user saw it, and that wins.
    return ask("DELETE", `/events/${id}`, { headers: { "If-Match": tag } });
  });
}

// What the user changed, without the fields that somebody else changed in the CRM: there, the CRM wins.
function changesOf(set, base, row) {
  const wanted = { ...normal(set), ...(set.attendees && { attendees: merged(set.attendees, row.attendees) }) };
  const isTheirs = (name) => base && name in base && !isDeepStrictEqual(base[name], row[name]);
  const isConflict = (name) => (TIMES.includes(name) ? TIMES : [name]).some(isTheirs);
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => !isDeepStrictEqual(value, row[name]) && !isConflict(name)),
  );
}

// A calendar knows attendees by their addresses, in any case. Those without an address are kept, and so are all ids.
function merged(shown, known) {
  const address = (attendee) => attendee.emailAddress?.toLowerCase();
  const shownAs = (attendee) => shown.find((each) => address(each) === address(attendee));
  const kept = known.filter((each) => !each.emailAddress || shownAs(each));
  const added = shown.filter((each) => !known.some((old) => address(old) === address(each)));
  return [...kept.map((each) => ({ ...each, status: shownAs(each)?.status ?? each.status })), ...added];
}

async function update(id, { row, tag }, changes) {
  const headers = { "If-Match": tag };
  const answer = state.putOnly ? null : await ask("PATCH", `/events/${id}`, { body: changes, headers });
  if (answer && answer.status !== 405) return answer;
  state.putOnly = true;
  return ask("PUT", `/events/${id}`, { body: { ...row, ...changes }, headers }); // PUT resets what is left out.
}

// The answer to a write says what the CRM has stored, in its own wording. Some CRMs answer without the event.
async function store(id, { json }) {
  const row = "lastModifiedAt" in json ? normal(json) : (await readEvent(id))?.row;
  await apply(row ?? { id, deleted: true });
}

// ---- One sync

try {
  const failed = await push().catch((error) => error); // A write that fails does not keep anybody from reading.
  await pull();
  if (failed) throw failed;
} catch (error) {
  console.error(error instanceof GaveUp ? error.message : error);
  process.exitCode = 1;
} finally {
  await save();
  if (CRM_REPLICA) await writeFile(CRM_REPLICA, JSON.stringify(Object.values(state.events)));
}
