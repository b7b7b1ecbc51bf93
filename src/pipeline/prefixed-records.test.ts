/** Records and rows of several lines in the mixed output of several containers, as of `docker compose logs`. */
import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

const RECORDS = `name = "gate"
ports = ["8080"]
begins = "{time}"
escapes_line_breaks = true

[[rule]]
id = "denied"
is = "failure"
line = "login from {ip} denied: account {user}"
`;
const ROWS = `name = "gate"
ports = ["8080"]
columns = ["time", "account", "address"]

[[rule]]
id = "denied"
is = "failure"
csv = { account = "{user}", address = "{ip}" }
`;
const TOML =
  '[jails.a]\nfilter = "gate"\nmaxretry = 1000\nfindtime = "1h"\ncontainer_prefix = "web"\n';

const ESC = "\u001b";
/** How tools write a line of the first and second container of a service, and of another service. */
const TOOLS = {
  compose: ["web-1  | ", "web-2  | ", "db-1   | "],
  colors: [
    `${ESC}[36mweb-1  | ${ESC}[0m`,
    `${ESC}[33mweb-2  | ${ESC}[0m`,
    `${ESC}[32mdb-1   | ${ESC}[0m`,
  ],
  kubectl: ["[pod/shop-7d4/web] ", "[pod/shop-8e5/web] ", "[pod/shop-7d4/db] "],
} as const;

const now = (): string => new Date().toISOString();

for (const [tool, [first, second, other]] of Object.entries(TOOLS)) {
  test(`${tool}: each container has its own records`, async () => {
    await using daemon = await openReadingDaemon(TOML, { gate: RECORDS });
    const path = join(daemon.folder, "all.log");
    const head = (ip: string): string => `${now()} login from ${ip} denied:`;
    const text = [
      first + head("192.0.2.1"),
      second + head("192.0.2.2"),
      `${other}account noise`,
      `${second}account bob`,
      `${first}account alice`,
      other + head("192.0.2.66"),
      `${other}account x`,
    ];
    writeFileSync(path, `${text.join("\n")}\n`);
    await daemon.read({ a: { kind: "file", files: [path] } });
    await daemon.until(() => daemon.counted().length === 2, "both records count");
    assert.deepEqual(daemon.counted().toSorted(), ["a 192.0.2.1", "a 192.0.2.2"]);
  });

  test(`${tool}: rows are joined, and none within one is believed`, async () => {
    for (const stated of ["", "columns_by_name = true\n"]) {
      await using daemon = await openReadingDaemon(TOML, { gate: stated + ROWS });
      const path = join(daemon.folder, "all.log");
      const source = { a: { kind: "file", files: [path] } } as const;
      const forged = `${now()},x,203.0.113.9`;
      const names = stated === "" ? [] : [`${first}time,account,address`];
      const text = [
        ...[...names, `${first}${now()},"bob`, `${other}${now()},"open`],
        ...[first + forged, other + forged, `${second}${now()},al,192.0.2.2`],
      ];
      writeFileSync(path, `${text.join("\n")}\n`);
      await daemon.read(source);
      await daemon.stop();
      appendFileSync(path, `${first}",192.0.2.1\n${second}${now()},al,192.0.2.3\n`);
      await daemon.read(source);
      await daemon.until(() => daemon.counted().includes("a 192.0.2.3"), "the last row");
      assert.deepEqual(
        daemon.counted().toSorted(),
        ["a 192.0.2.1", "a 192.0.2.2", "a 192.0.2.3"],
        stated,
      );
    }
  });
}
