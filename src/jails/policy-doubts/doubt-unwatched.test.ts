/** A configured jail turns off the built-in ones; a service that loses its jail that way is reported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../config/parse-config.ts";
import { doubtUnwatched } from "./doubt-unwatched.ts";

async function unwatched(text: string, running: readonly string[]): Promise<readonly string[]> {
  const paths = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
  const parsed = await parseConfig([{ path: "/x.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const head = { ...{ name: "sshd", description: "", path: "" }, ...{ programs: [], journal: [] } };
  const found = [{ head: { ...head, files: [], ports: [] }, logs: [], running }];
  return doubtUnwatched(parsed.value, found).map(({ jail, doubt }) => `${jail}: ${doubt}`);
}

const TRIAL = '[jails.sshd-trial]\nfilter = "sshd"\nenforcer = "memory"\n';

test("a running service whose built-in jail ends is reported", async () => {
  const [doubt, ...more] = await unwatched("[jails.myapp]\n", ["sshd"]);
  assert.match(doubt ?? "", /^sshd: sshd is running, but no jail protects it: /);
  assert.deepEqual(more, []);
  assert.equal((await unwatched(TRIAL, ["sshd"])).length, 1, "a trial bans nobody");
  const byHand = '[jails.sshd]\nsource = "none"\n';
  assert.equal((await unwatched(byHand, ["sshd"])).length, 1, "it reads no log");
});

test("nothing is reported if it is watched, turned off on purpose, not running, or still built in", async () => {
  assert.deepEqual(await unwatched(`${TRIAL}[jails.sshd]\n`, ["sshd"]), []);
  assert.deepEqual(await unwatched('[jails.sshd]\nfilter = "imported"\n', ["sshd"]), []);
  assert.deepEqual(await unwatched('[jails.other]\nfilter = "sshd"\n', ["sshd"]), []);
  assert.deepEqual(await unwatched("[jails.myapp]\n[jails.sshd]\nenabled = false\n", ["sshd"]), []);
  assert.deepEqual(await unwatched("[jails.myapp]\n", []), []);
  assert.deepEqual(await unwatched("[defaults]\nmaxretry = 3\n", ["sshd"]), []);
});
