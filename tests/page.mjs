// The live page in a real browser, against the real service: first as it starts offline, then during a replay.
//   node tests/page.mjs FX_MONITOR CHROMIUM
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "./page-browser.mjs";
import { Checks } from "./page-checks.mjs";
import { offline } from "./page-offline.mjs";
import { replay } from "./page-replay.mjs";
import { answered, startService, writeReplay } from "./page-service.mjs";

const [program, chromium] = process.argv.slice(2);
// Nothing here takes that long unless it hangs.
const DEADLINE_MS = 120_000;

const scratch = mkdtempSync(join(tmpdir(), "fx-page-data-"));
const services = [];
const checks = new Checks();
let browser = null;

async function start(name, args = []) {
  const directory = join(scratch, name);
  mkdirSync(directory);
  const { child, url } = startService(program, directory, args);
  services.push(child);
  return url;
}

async function end() {
  clearTimeout(deadline);
  await Promise.all(services.map(async (child) => {
    if (child.kill("SIGKILL")) await once(child, "exit");
  }));
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

try {
  browser = new Browser(chromium);
  const still = await start("offline");
  await answered(`${still}/rates`, ({ count }) => count === 36);
  await offline(checks, await browser.page(1280, 900), still);
  const file = join(scratch, "replay.csv");
  writeReplay(file, 700);
  const moving = await start("replay", ["--replay", file, "--speed", "400000"]);
  await answered(`${moving}/rates`, ({ count }) => count > 0);
  await replay(checks, await browser.page(1280, 900), moving);
} catch (error) {
  checks.fail(`after ${checks.current}: ${error.message}`);
}
await end();
