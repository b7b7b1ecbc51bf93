/** A jail without a log is for manual bans: its state only depends on the firewall, and every screen shows that. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "../../src/domain/cidr.ts";
import { describePolicy } from "../../src/jails/describe-policy.ts";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
[jails.blocklist]
source = "none"
bantime = "1d"
[jails.sshd]
source = { file = ["/story"] }
`;
const WHO = "operator";

test("a jail without a source needs no filter, is never blind and takes bans", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const round of ["at its start", "an hour later", "after a restart"]) {
    if (round === "an hour later") await daemon.passTo(3_600_000);
    if (round === "after a restart") await daemon.restart();
    const { jails } = await daemon.answer.status({}, WHO);
    const jail = jails.find(({ name }) => name === "blocklist");
    assert.equal(jail?.state, "observing", `${round}: ${jail?.reason}`);
    assert.equal(jail.reason, 'bans by hand only; enforcer = "memory": nothing is banned');
    assert.match(jail.policy, /^bans by hand only: only observed/);
    assert.deepEqual([jail.by_hand, jail.sources], [true, []]);
  }
  const subject = parseSubject("192.0.2.7");
  assert.ok(subject !== undefined);
  await daemon.answer.ban({ subject, jail: "blocklist" }, WHO);
  assert.ok(await daemon.holds(subject));
  const started = daemon.events.filter((event) => event.event === "jail-started");
  assert.deepEqual(
    started.filter(({ jail }) => jail === "blocklist").map(({ source }) => source),
    ["none", "none"],
  );
  assert.ok(!daemon.events.some(({ event }) => event === "jail-failed"), "and is never blind");
});

test("a jail without a source has only the links of the firewall", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const { jails } = await daemon.answer.doctor({ jail: "blocklist" }, WHO);
  const links = new Map(jails[0]?.links.map((one) => [one.link, one]));
  assert.equal(links.get("source")?.evidence, "bans by hand only: it reads no log");
  for (const line of ["place", "flow", "rules", "canary"]) assert.ok(!links.has(line), line);
  for (const other of ["record", "firewall", "path", "wire"]) assert.ok(links.has(other), other);
});

test("a reload from a log to none and back, and one that names a missing filter", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const withLog = `${CONFIG}[jails.other]\nfilter = "sshd"\nsource = `;
  for (const source of ['{ file = ["/other"] }', '"none"', '{ file = ["/other"] }']) {
    assert.ok((await daemon.reload(`${withLog}${source}\n`)).ok);
    const live = daemon.daemon.jails.find(({ jail }) => jail.name === "other");
    assert.ok(live !== undefined);
    assert.equal(describePolicy(live.jail.config).startsWith("bans by hand"), source === '"none"');
    assert.equal(daemon.daemon.statusOf(live) === undefined, source === '"none"');
  }
  const refused = await daemon.reload(`${CONFIG}[jails.x]\nfilter = "sshdd"\nsource = "none"\n`);
  assert.ok(!refused.ok);
  assert.match(JSON.stringify(refused.error), /did you mean \\"sshd\\"/);
});
