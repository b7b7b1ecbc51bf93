/** Moves bans between two enforcers that change one firewall, with a real program. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { completeEnforcer } from "../../config/resolve-enforcers.ts";
import { ok } from "../../domain/result.ts";
import { sampleBan, sampleJail, sampleSubject } from "../../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { PLAIN_HOST } from "../choose-enforcer.fixture.ts";
import type { CommandOptions } from "../command.ts";
import { newTool, type Tool } from "../command-tool.fixture.ts";
import {
  configOf,
  FirewallHost,
  type FirewallStage,
  openSampleBook,
  settleFirewall,
} from "../firewall.fixture.ts";
import { Firewall } from "../firewall.ts";

const [BAN, JAIL] = [sampleSubject(1), sampleJail("sshd")];

function startShared(
  tool: Tool,
  commands: Partial<CommandOptions>,
): FirewallStage & AsyncDisposable {
  const host = new FirewallHost();
  const book = openSampleBook(host);
  const events: TelemetryEvent[] = [];
  const firewall = new Firewall({
    ...{ book, clock: host.clock, onChange: () => undefined, state: "/state", lock: undefined },
    allow: { shared: { covers: () => undefined } },
    emit: (event) => void events.push(event),
    port: {
      lock: async () => ok(undefined),
      choose: async () => ({ name: "old", reason: "the test says so" }),
      readUse: async () => PLAIN_HOST,
      open: async ({ config: { name } }) => ok(await tool.open({ name, ...commands })),
    },
  });
  const close = async (): Promise<void> => {
    await firewall.close();
    await book[Symbol.asyncDispose]();
  };
  return { host, book, firewall, events, [Symbol.asyncDispose]: close };
}

/** Configures one command enforcer of this name for sshd. */
async function useCommand(stage: FirewallStage, name: string): Promise<void> {
  const config = await configOf({ sshd: [name] });
  const values = new Map<string, unknown>([
    ["ban", ["/bin/firewall", name, "{ip}"]],
    ["unban", ["/bin/firewall", "-d", "{ip}"]],
  ]);
  const enforcers = [completeEnforcer(name, "command", (key) => values.get(key))];
  await stage.firewall.openFor({ ...config, enforcers });
  await settleFirewall(stage);
}

function flushOf({ commands }: Tool): readonly string[] {
  return [...commands.ban.slice(0, 3), "flush"];
}

/** Waits until the former enforcer was cleared, or that failed. */
async function untilTried(stage: FirewallStage): Promise<void> {
  const isTried = (): boolean =>
    stage.events.some(({ event }) => /^enforcer-(?:not-)?cleared$/.test(event));
  while (!isTried()) await settleFirewall(stage);
  await settleFirewall(stage);
}

function isBlocked({ folder }: Tool): boolean {
  return existsSync(join(folder, "blocks", BAN, "=all", "block"));
}

for (const flushed of ["with", "without"] as const)
  test(`the new enforcer holds its bans after the former one removed them, ${flushed} a flush command`, async () => {
    const tool = newTool();
    await using stage = startShared(tool, flushed === "with" ? { flush: flushOf(tool) } : {});
    stage.book.commit({ steps: [sampleBan(1)], cursors: [] });
    await useCommand(stage, "old");
    assert.ok(isBlocked(tool));
    await useCommand(stage, "new");
    await untilTried(stage);
    assert.ok(tool.calls().includes("stop "), "the former enforcer was cleared");
    assert.ok(isBlocked(tool), tool.calls().join("\n"));
    assert.equal(stage.book.ban(JAIL, BAN)?.state, "enforced");
  });

test("a removal that fails halfway is repaired too, and not repeated at each change", async () => {
  const tool = newTool();
  const stop = ["sh", "-c", "exit 1"];
  await using stage = startShared(tool, { flush: flushOf(tool), stop });
  stage.book.commit({ steps: [sampleBan(1)], cursors: [] });
  await useCommand(stage, "old");
  await useCommand(stage, "new");
  await untilTried(stage);
  assert.ok(isBlocked(tool));
  assert.equal(stage.book.ban(JAIL, BAN)?.state, "enforced");
  // At the opening of each, and by the removal.
  assert.equal(tool.calls().filter((call) => call.startsWith("flush")).length, 3);
  assert.deepEqual(
    stage.firewall.leaving.map(({ name }) => name),
    ["old"],
  );
});

test("while a former enforcer is removed, no ban of the new one counts as enforced", async () => {
  const tool = newTool();
  const [began, gate] = [join(tool.folder, "began"), join(tool.folder, "gate")];
  const wait = `: >${began}; while [ ! -e ${gate} ]; do sleep 0.02; done`;
  await using stage = startShared(tool, { stop: ["sh", "-c", wait] });
  stage.book.commit({ steps: [sampleBan(1)], cursors: [] });
  await useCommand(stage, "old");
  await useCommand(stage, "new");
  while (!existsSync(began)) await settleFirewall(stage);
  await stage.firewall.reconcile("request");
  assert.equal(stage.book.ban(JAIL, BAN)?.state, "pending");
  assert.equal(stage.firewall.enforcers[0]?.isComplete, false);
  writeFileSync(gate, "");
  await untilTried(stage);
  assert.equal(stage.book.ban(JAIL, BAN)?.state, "enforced");
});
