/** Opens the enforcer of a place with the settings of the table that jails name, whatever its name sorts before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { sampleBan, sampleJail, sampleSubject } from "../../record/sample-entries.fixture.ts";
import {
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  settleFirewall,
  startFirewall,
} from "../firewall.fixture.ts";

const JAILS = "[jails.sshd]\nenabled = true\n";

async function parse(text: string): Promise<Config> {
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "c.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

async function use(stage: FirewallStage, text: string): Promise<void> {
  await stage.firewall.openFor(await parse(text));
  await settleFirewall(stage);
}

/** The name of a table, which sorts before or after its kind, and settings that differ from the defaults. */
const TABLES = [
  ["a", "nftables", { verdict: "reject" }],
  ["zz", "nftables", { verdict: "reject" }],
  ["nftables", "nftables", { verdict: "reject" }],
  ["ipt", "iptables", { ipset: false }],
  ["b", "route", { type: "unreachable" }],
  ["a", "firewalld", { verdict: "reject" }],
] as const;

for (const [name, kind, settings] of TABLES)
  for (const where of ["defaults", "jails.sshd"])
    test(`[enforcers.${name}] of kind ${kind} takes effect when [${where}] names it`, async () => {
      const host = new FirewallHost();
      await using book = openSampleBook(host);
      const stage = startFirewall(host, book);
      const values = Object.entries(settings).map(([k, v]) => `${k} = ${JSON.stringify(v)}\n`);
      const table = `[enforcers.${name}]\nkind = "${kind}"\n${values.join("")}`;
      const other = where === "defaults" ? "" : '[defaults]\nenforcer = "memory"\n';
      const named = `[${where}]\nenforcer = "${name}"\n`;
      await use(stage, `${other}${named}${where === "defaults" ? JAILS : ""}${table}`);
      assert.partialDeepStrictEqual(host.opened.get(name)?.settings, settings);
      assert.deepEqual([...host.opened.keys()], [name]);
      assert.equal(stage.firewall.summary.name, name);
      const before = host.opened.get(name);
      // A change of its settings opens it again.
      await use(
        stage,
        `${other}${named}${where === "defaults" ? JAILS : ""}[enforcers.${name}]
kind = "${kind}"`,
      );
      assert.notDeepEqual(host.opened.get(name)?.settings, before?.settings);
      await stage.firewall.close();
    });

test('"auto" is the table that another jail uses in the place of the choice', async () => {
  const host = new FirewallHost();
  host.automatic = "nftables";
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  const table = '[enforcers.a]\nkind = "nftables"\nverdict = "reject"\n';
  await use(
    stage,
    `[defaults]\nenforcer = "auto"\n${JAILS}[jails.nginx]\nenforcer = "a"\n${table}`,
  );
  assert.deepEqual([...host.opened.keys()], ["a"]);
  assert.equal(stage.firewall.choice?.name, "a");
  // Not used, the table has no effect.
  await use(stage, `[defaults]\nenforcer = "auto"\n${JAILS}${table}`);
  assert.partialDeepStrictEqual(host.opened.get("nftables")?.settings, { verdict: "drop" });
  await stage.firewall.close();
});

test("when the last jail is disabled, the enforcer of [defaults] keeps its bans and takes those by hand", async () => {
  const host = new FirewallHost();
  await using book = openSampleBook(host);
  const stage = startFirewall(host, book);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  await use(stage, `[defaults]\nenforcer = "nftables"\n${JAILS}`);
  await use(stage, '[defaults]\nenforcer = "nftables"\n[jails.sshd]\nenabled = false\n');
  assert.deepEqual(await host.subjectsIn("nftables"), [sampleSubject(1)]);
  const manual = sampleJail("manual");
  book.commit({ steps: [sampleBan(2, { jail: manual })], cursors: [] });
  await stage.firewall.sync([{ subject: sampleSubject(2), scope: ALL_PORTS, jail: manual }]);
  assert.deepEqual(await host.subjectsIn("nftables"), [sampleSubject(1), sampleSubject(2)]);
  assert.equal(book.ban(manual, sampleSubject(2))?.state, "enforced");
  await stage.firewall.close();
  // Also after a restart.
  const second = startFirewall(host, book);
  await use(second, '[defaults]\nenforcer = "nftables"\n[jails.sshd]\nenabled = false\n');
  assert.deepEqual(await host.subjectsIn("nftables"), [sampleSubject(1), sampleSubject(2)]);
  assert.ok(!host.log.includes("nftables removed"), host.log.join());
  await second.firewall.close();
});
