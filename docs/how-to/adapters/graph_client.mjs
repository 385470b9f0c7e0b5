// A small client of Microsoft Graph that only reads. It knows nothing of mockcrm: graph_proxy.py translates.
//
//   mockcrm trial --no-mailbox --no-writes --no-replica -- python graph_proxy.py node graph_client.mjs
import { readFile, writeFile } from "node:fs/promises";

const { GRAPH_URL, CRM_STATE } = process.env;
const file = `${CRM_STATE}/graph.json`;
const state = JSON.parse(await readFile(file, "utf8").catch(() => '{"events":{}}'));

let url = state.deltaLink ?? `${GRAPH_URL}/me/calendarView/delta`;
for (let pages = 0; url; pages++) {
  // The proxy has another port each time, so only the path of a link counts. Graph's own links stay valid as they are.
  const response = await fetch(new URL(new URL(url).pathname + new URL(url).search, GRAPH_URL));
  if (response.status === 410) {
    state.deltaLink = undefined; // The token is too old: read everything at the next sync.
    state.events = {};
    break;
  }
  if (!response.ok || pages === 100) throw new Error(`${url}: ${response.status}`);
  const page = await response.json();
  for (const event of page.value) {
    if (event["@removed"]) delete state.events[event.id];
    else state.events[event.id] = event;
  }
  state.deltaLink = page["@odata.deltaLink"];
  url = page["@odata.nextLink"];
}
await writeFile(file, JSON.stringify(state));
