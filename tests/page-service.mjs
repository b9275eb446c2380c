// A running `fx-monitor up` for the page's tests.
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

// Every feed's endpoint is a closed port of this machine. A channel may be set for addresses that exist in documents only.
const OFFLINE = `
[delivery]
allow_private_targets = ["192.0.2.0/24"]
[feeds]
order = ["kraken", "open-er-api", "ecb"]
[feeds.kraken]
url = "ws://127.0.0.1:9"
[feeds.open-er-api]
url = "http://127.0.0.1:9"
[feeds.ecb]
url = "http://127.0.0.1:9"
`;

/** Starts it on a free port, or on that one, with these lines in its file: `child` at once, `url` resolves when it listens. */
export function startService(program, directory, args = [], { port = 0, lines = "" } = {}) {
  const config = join(directory, "config.toml");
  writeFileSync(config, OFFLINE + lines);
  const child = spawn(program, ["up", "--config", config, "--data-dir", directory, "--listen", `127.0.0.1:${port}`, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const url = new Promise((resolve, reject) => {
    const seen = [];
    // Reads on for ever, so that the service never waits for a full pipe.
    createInterface({ input: child.stderr }).on("line", (line) => {
      seen.push(line);
      const address = /listening address=(\S+)/.exec(line)?.[1];
      if (address) resolve(`http://${address}`);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`fx-monitor ended with ${code}:\n${seen.slice(-20).join("\n")}`)));
  });
  return { child, url };
}

/** Asks until the answer is as wanted. */
export async function answered(url, wanted) {
  for (;;) {
    const response = await fetch(url);
    const answer = await response.json();
    if (response.ok && wanted(answer)) return answer;
  }
}

/** The answer to a POST of JSON. */
export async function posted(url, body) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

const FIRST_DAY = Date.UTC(2024, 0, 1);
const dateOf = (day) => new Date(FIRST_DAY + day * 86_400_000).toISOString().slice(0, 10);
const row = (day, dollar, franc = "0.9423") => `${dateOf(day)},${dollar},160.25,0.8512,${franc},1.6512,1.4987,7.8123,91.235,`;
const quiet = (days) => Array.from({ length: days }, (_, day) => row(day, day % 2 ? "1.1100" : "1.1000"));
// Written as the ECB does, newest first.
const write = (file, rows) => writeFileSync(file, ["Date,USD,JPY,GBP,CHF,AUD,CAD,CNY,INR,", ...rows.reverse(), ""].join("\n"));

/** The dollar at two figures in turn on `days` days, and the other currencies at rest. */
export function writeReplay(file, days) {
  write(file, quiet(days));
}

/** As many quiet days, then one on which the dollar has its point in the wrong place and the franc falls by a seventh. */
export function writeFlagged(file, days) {
  write(file, [...quiet(days), row(days, "11.0500", "0.8050")]);
}

/** A key that may write, and the lines of a configuration in which it is known. */
export function newKey(program, directory) {
  const file = join(directory, "keys.toml");
  const made = execFileSync(program, ["keys", "new", "--file", file, "--name", "page", "--scope", "write", "--output", "json"], { encoding: "utf8" });
  return { key: JSON.parse(made).key, lines: `[api]\nkeys_file = ${JSON.stringify(file)}\n` };
}
