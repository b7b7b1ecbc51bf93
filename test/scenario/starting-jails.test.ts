/**
 * A jail is in the state "starting" until its log is open: a reload that adds, changes or enables one reports no
 * failure.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { SourceCheck } from "../../src/health/checks/check-source.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const WHO = "operator";
const HEAD = '[defaults]\nenforcer = "memory"\n';
const jail = (name: string, file: string, more = ""): string =>
  `[jails.${name}]\nfilter = "sshd"\nsource = { file = ["${file}"] }\n${more}\n`;
const A = jail("a", "/story");

/** Reloads, and judges states when the new jails exist but their logs are not read yet. */
async function judgedMeanwhile(daemon: VirtualDaemon, config: string): Promise<readonly string[]> {
  const seen: string[] = [];
  const { proofs } = daemon.daemon;
  const { sources } = daemon.ports;
  const plan = sources.plan.bind(sources);
  const look: typeof plan = (watches) => {
    proofs.refresh();
    for (const watched of daemon.daemon.watched())
      seen.push(`${watched.live.jail.name} ${proofs.judge(watched).state}`);
    return plan(watches);
  };
  Object.assign(sources, { plan: look });
  assert.ok((await daemon.reload(HEAD + config)).ok);
  Object.assign(sources, { plan });
  await proofs.look();
  return seen;
}

for (const [what, config] of [
  ["a jail is added", A + jail("b", "/other")],
  ["its source changes", jail("a", "/other")],
  [
    "its filter's mode and another option change",
    jail("a", "/story", 'mode = "aggressive"\nmaxretry = 9'),
  ],
] as const)
  test(`${what}: no check fails during the start`, async () => {
    await using daemon = await openVirtualDaemon(HEAD + A);
    const seen = await judgedMeanwhile(daemon, config);
    assert.ok(
      seen.some((one) => one.endsWith(" starting")),
      seen.join(),
    );
    assert.ok(!seen.some((one) => /blind|degraded|toothless/.test(one)), seen.join());
    const failed = daemon.events.filter(({ event }) => /^jail-(?:failed|degraded)$/.test(event));
    assert.deepEqual(failed, []);
    const { jails } = await daemon.answer.status({}, WHO);
    for (const { name, state } of jails) assert.equal(state, "observing", name);
  });

test("during the start the source is unproven, without a finding", async () => {
  await using daemon = await openVirtualDaemon(HEAD + A);
  const live = daemon.daemon.jails[0] ?? assert.fail();
  const reading = daemon.daemon.statusOf(live) ?? assert.fail();
  const opening = { ...reading, state: "opening" } as const;
  const options = {
    clock: daemon.ports.clock,
    statusOf: () => undefined,
    onChange: () => undefined,
  };
  const check = new SourceCheck(options);
  for (const source of [undefined, opening]) {
    const [proof] = check.proofs({ live, source }, daemon.now());
    assert.deepEqual([proof?.kind, proof?.evidence], ["unproven", "its log is being opened"]);
  }
  const search = { source: undefined, looked: [] };
  const [lost] = check.proofs({ live: { ...live, search }, source: undefined }, daemon.now());
  assert.equal(lost?.kind, "found");
  check.close?.();
});

test("a jail that is disabled and enabled again", async () => {
  await using daemon = await openVirtualDaemon(HEAD + A + jail("b", "/other"));
  const off = A + jail("b", "/other", "enabled = false");
  await judgedMeanwhile(daemon, off);
  const seen = await judgedMeanwhile(daemon, A + jail("b", "/other"));
  assert.ok(!seen.some((one) => /blind|degraded|toothless/.test(one)), seen.join());
  assert.ok(!daemon.events.some(({ event }) => event === "jail-failed"));
});

test("a jail whose enforcer changes is starting until its bans are known to be held", async () => {
  const configOf = (enforcer: string): string => `[defaults]\nenforcer = "${enforcer}"\n${A}`;
  await using daemon = await openVirtualDaemon(configOf("nftables"));
  const { firewall } = daemon.ports;
  const open = firewall.open.bind(firewall);
  const seen: string[] = [];
  const judgeNow = (): void => {
    daemon.daemon.proofs.refresh();
    for (const watched of daemon.daemon.watched())
      seen.push(daemon.daemon.proofs.judge(watched).state);
  };
  Object.assign(firewall, {
    open: async (options: Parameters<typeof open>[0]) => {
      const opened = await open(options);
      if (!opened.ok) return opened;
      const prepare: typeof opened.value.prepare = (now) => {
        judgeNow();
        return opened.value.prepare(now);
      };
      return { ok: true, value: { ...opened.value, prepare } };
    },
  });
  await daemon.daemon.proofs.look();
  assert.ok((await daemon.reload(configOf("iptables"))).ok);
  await daemon.daemon.firewall.restored;
  judgeNow();
  assert.deepEqual(new Set(seen), new Set(["starting", "protecting"]));
  assert.equal(seen[0], "starting");
  assert.equal(seen.at(-1), "protecting");
  const failed = daemon.events.filter(({ event }) => /^jail-(?:failed|degraded)$/.test(event));
  assert.deepEqual(failed, []);
});

test("the state of a jail is reported soon after its log is open", async () => {
  await using daemon = await openVirtualDaemon(HEAD + A);
  const { clock, sources } = daemon.ports;
  const plan = sources.plan.bind(sources);
  const openAt = clock.monotonic() + 5000;
  const planLate: typeof plan = (watches) =>
    plan(watches).map((planned) => ({
      ...planned,
      open: (options) => {
        const source = planned.open(options);
        const status: typeof source.status = () => ({
          ...source.status(),
          ...(clock.monotonic() < openAt ? { state: "opening" } : {}),
        });
        return { id: source.id, batches: (signal) => source.batches(signal), status };
      },
    }));
  Object.assign(sources, { plan: planLate });
  await daemon.restart();
  const states = (): readonly string[] =>
    daemon.events.flatMap(({ event }) => (event === "jail-ok" ? [event] : []));
  const before = states().length;
  await daemon.passTo(4900);
  assert.equal(states().length, before);
  await daemon.passTo(10_000);
  assert.equal(states().length, before + 1);
});
