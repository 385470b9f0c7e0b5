// Runs a client's script once for each request, with the environment that the request says: to start Node for each sync
// takes twenty times as long. Each run has a module and connections of its own, and the script a state in files alone.
import { createServer } from "node:http";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

const script = pathToFileURL(process.argv[2]);
const connections = Symbol.for("undici.globalDispatcher.1"); // Where Node's own fetch has them.
let runs = 0;

async function run(environment) {
  Object.assign(process.env, environment);
  const said = [];
  console.error = (...words) => said.push(format(...words));
  process.exitCode = 0;
  await import(`${script}?${(runs += 1)}`); // Another address is another module.
  const used = globalThis[connections];
  globalThis[connections] = new used.constructor();
  await used.close();
  return { status: process.exitCode ? 500 : 200, said: said.join("\n") };
}

const server = createServer(async (request, response) => {
  let form = "";
  for await (const chunk of request) form += chunk;
  const { status, said } = await run(Object.fromEntries(new URLSearchParams(form)));
  process.exitCode = 0;
  response.writeHead(status).end(said);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
