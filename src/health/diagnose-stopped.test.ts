import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../host/system-clock.ts";
import { diagnoseStopped, type StoppedLink } from "./diagnose-stopped.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-stopped-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

async function diagnose(text: string): Promise<readonly StoppedLink[]> {
  const path = join(folder, "bailiff.toml");
  writeFileSync(path, text);
  return await diagnoseStopped({ path, env: {}, uid: 0 }, systemClock);
}

test("only a jail with an existing log would be read", async () => {
  const log = join(folder, "auth.log");
  writeFileSync(log, "");
  const links = await diagnose(`
    [jails.sshd]
    source = { file = ["${log}"] }
    [jails.by-hand]
    source = "none"
  `);
  const good = { good: true, waiting: false, fix: undefined };
  assert.deepEqual(links, [
    { what: "configuration", ...good, evidence: join(folder, "bailiff.toml") },
    { what: "by-hand: log", ...good, evidence: "bans by hand only" },
    { what: "sshd: log", ...good, evidence: `would read ${log}` },
  ]);
});

test("an invalid configuration is the reported problem", async () => {
  const links = await diagnose("[jails.sshd]\nmaxretry = 0\n");
  assert.deepEqual(
    links.map(({ what, good }) => [what, good]),
    [["configuration", false]],
  );
  assert.match(links[0]?.evidence ?? "", /maxretry/);
});
