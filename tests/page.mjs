// The live page in a real browser, against the real service: as it starts offline, during a replay, while the line is lost,
// and with API keys. Pictures of it go to SHOTS.
//   node tests/page.mjs FX_MONITOR CHROMIUM NODE_MODULES SHOTS
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible } from "./page-axe.mjs";
import { Browser } from "./page-browser.mjs";
import { Checks, count, ROWS } from "./page-checks.mjs";
import { keyed, lost } from "./page-line.mjs";
import { docs, offline } from "./page-offline.mjs";
import { flags, replay } from "./page-replay.mjs";
import { answered, newKey, startService, writeFlagged, writeReplay } from "./page-service.mjs";
import { shots } from "./page-shots.mjs";

const [program, chromium, modules, pictures] = process.argv.slice(2);
// Nothing here takes that long unless it hangs.
const DEADLINE_MS = 240_000;

const scratch = mkdtempSync(join(tmpdir(), "fx-page-data-"));
const services = [];
const checks = new Checks();
let browser = null;

async function start(name, args = [], more = {}) {
  const directory = join(scratch, name);
  mkdirSync(directory, { recursive: true });
  const { child, url } = startService(program, directory, args, more);
  services.push(child);
  return { url: await url, stop: () => stop(child) };
}

async function stop(child) {
  if (child.kill("SIGKILL")) await once(child, "exit");
}

async function end() {
  clearTimeout(deadline);
  await Promise.all(services.map(stop));
  await browser?.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 10 });
  const { passed, failed } = checks;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

async function giveUp(reason) {
  checks.fail(`${checks.current}: ${reason}`);
  await end();
}

const deadline = setTimeout(() => giveUp(`not done after ${DEADLINE_MS / 1000} s`), DEADLINE_MS);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => giveUp(`stopped by ${signal}`));

const empty = () => browser.page(1280, 900);

async function still() {
  const service = await start("offline");
  const { url } = service;
  await answered(`${url}/rates`, ({ count }) => count === 36);
  await offline(checks, await empty(), url);
  await docs(checks, await empty(), url);
  // With the alert that was created, and whose episodes stand on the chart.
  const page = await empty();
  await page.open(`${url}/dashboard`);
  await page.until(`${ROWS} === 36 && ${count("#alert-rules .name")} > 0`);
  await accessible(checks, page, modules);
  await shots(checks, page, pictures);
  const again = () => start("offline", [], { port: new URL(url).port });
  await lost(checks, await empty(), url, { stop: service.stop, start: again, modules });
}

async function moving() {
  const file = join(scratch, "replay.csv");
  writeReplay(file, 700);
  const { url } = await start("replay", ["--replay", file, "--speed", "400000"]);
  await answered(`${url}/rates`, ({ count: many }) => many > 0);
  await replay(checks, await empty(), url);
}

async function flagged() {
  const file = join(scratch, "flagged.csv");
  writeFlagged(file, 60);
  const { url } = await start("flagged", ["--replay", file, "--speed", "max"]);
  await flags(checks, await empty(), url, modules);
}

async function locked() {
  const { key, lines } = newKey(program, scratch);
  const { url } = await start("keyed", [], { lines });
  await keyed(checks, await empty(), url, { key, modules });
}

try {
  browser = new Browser(chromium);
  await still();
  await moving();
  await flagged();
  await locked();
} catch (error) {
  checks.fail(`after ${checks.current}: ${error.message}`);
}
await end();
