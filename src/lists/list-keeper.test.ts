import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createVirtualClock, type VirtualClock } from "../../test/scenario/virtual-clock.ts";
import { parseConfig } from "../config/parse-config.ts";
import { literalSubject, type Subject } from "../domain/cidr.ts";
import type { BlockList } from "../firewall/block-lists.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { ListCopies } from "./list-copy.ts";
import { ListKeeper } from "./list-keeper.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 11, 1);

interface Trial {
  readonly keeper: ListKeeper;
  readonly events: TelemetryEvent[];
  /** What is in force; undefined: nothing was ever applied. */
  readonly inForce: () => readonly string[] | undefined;
}

interface TrialOptions {
  readonly toml: string;
  readonly state: string;
  readonly clock: VirtualClock;
  readonly exempt?: readonly string[];
}

async function openTrial({ toml, state, clock, exempt = [] }: TrialOptions): Promise<Trial> {
  const text = `[lists.feed]\n${toml}`;
  const paths = { state, socket: "/socket" };
  const parsed = await parseConfig([{ path: "/c.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [config] = parsed.value.lists;
  assert.ok(config !== undefined);
  const events: TelemetryEvent[] = [];
  let applied: BlockList | undefined;
  const keeper = new ListKeeper({
    ...{ config, clock, copies: new ListCopies(state), chance: () => 0.5 },
    emit: (event) => void events.push(event),
    exempt: () => exempt.map(literalSubject),
    apply: async (list) => void (applied = list),
  });
  return { keeper, events, inForce: () => applied && [...applied.subjects] };
}

function newState(): string {
  return mkdtempSync(join(tmpdir(), "bailiff-lists-"));
}

/** Serves what `answer` returns: a list, or a status. */
async function serve(
  answer: () => string | number,
): Promise<AsyncDisposable & { readonly toml: string; readonly counts: { asked: number } }> {
  const counts = { asked: 0 };
  const server = createServer((_, response) => {
    counts.asked++;
    const given = answer();
    if (given === "silent") return;
    if (typeof given === "number") response.writeHead(given).end();
    else response.end(given);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    ...{ counts, toml: `url = "http://127.0.0.1:${address.port}/"` },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("a list is fetched every hour, a failing one after growing waits, and the last good content stays", async () => {
  const state = newState();
  const clock = createVirtualClock(START);
  let given: string | number = "192.0.2.1\n192.0.2.0\n";
  await using site = await serve(() => given);
  const { keeper, events, inForce } = await openTrial({ ...site, state, clock });
  await keeper.load();
  assert.equal(inForce(), undefined);
  await keeper.begin();
  assert.deepEqual(inForce(), ["192.0.2.0/31"]);
  const settle = (): Promise<void> => keeper.refresh();
  await clock.passTo(HOUR, settle);
  assert.equal(site.counts.asked, 1);
  await clock.passTo(HOUR + 200_000, settle);
  assert.equal(site.counts.asked, 2, "an hour, and half of a tenth");
  assert.equal(events.length, 1, "nothing new, nothing to report");
  given = 503;
  await clock.passTo(HOUR * 2 + 400_000, settle);
  const before = site.counts.asked;
  await clock.passTo(HOUR * 6, settle);
  const retries = site.counts.asked - before;
  assert.ok(retries >= 5 && retries < 12, `${retries} retries in almost four hours`);
  assert.deepEqual(inForce(), ["192.0.2.0/31"]);
  const failed = events.filter(({ event }) => event === "list-failed");
  assert.equal(failed.length, 1, "reported once");
  assert.partialDeepStrictEqual(failed[0], { reason: "the server answers with status 503" });
  given = "192.0.2.9\n";
  await clock.passTo(HOUR * 8, settle);
  assert.deepEqual(inForce(), ["192.0.2.9"]);
  assert.equal(keeper.state.failure, undefined);
  await keeper.close();
  assert.equal(clock.pending, 0);
});

test("after a restart the copy is in force, and a young one is not fetched again", async () => {
  const state = newState();
  const clock = createVirtualClock(START);
  await using site = await serve(() => "192.0.2.1\n");
  const first = await openTrial({ ...site, state, clock });
  await first.keeper.look();
  await first.keeper.close();
  await clock.passTo(HOUR / 2, async () => undefined);
  const second = await openTrial({ ...site, state, clock });
  await second.keeper.load();
  assert.deepEqual(second.inForce(), ["192.0.2.1"]);
  await second.keeper.begin();
  await clock.passTo(HOUR - 1000, () => second.keeper.refresh());
  assert.equal(site.counts.asked, 1);
  await clock.passTo(HOUR * 1.1, () => second.keeper.refresh());
  assert.equal(site.counts.asked, 2);
  await second.keeper.close();
  const other = await openTrial({ toml: 'file = "/other"', state, clock });
  await other.keeper.load();
  assert.equal(other.inForce(), undefined, "the copy is of another list");
  await other.keeper.close();
});

test("a change of exemptions does not wait for a server that does not answer", async () => {
  const state = newState();
  const asked = Promise.withResolvers<void>();
  let isSilent = false;
  await using site = await serve(() => {
    if (isSilent) asked.resolve();
    return isSilent ? "silent" : "192.0.2.0/31\n";
  });
  const exempt: string[] = [];
  const trial = await openTrial({ ...site, state, clock: createVirtualClock(START), exempt });
  await trial.keeper.look();
  isSilent = true;
  const looking = trial.keeper.look();
  await asked.promise;
  exempt.push("192.0.2.1");
  await trial.keeper.refresh();
  assert.deepEqual(trial.inForce(), ["192.0.2.0"]);
  await trial.keeper.close();
  await looking;
  assert.equal(trial.keeper.state.failure, undefined, "the end of the daemon is no failure");
});

test("a copy that cannot be written is reported, and the list is in force", async () => {
  const state = newState();
  writeFileSync(join(state, "lists"), "no folder");
  const feed = join(state, "feed.txt");
  writeFileSync(feed, "192.0.2.1\n");
  const toml = `file = "${feed}"`;
  const trial = await openTrial({ toml, state, clock: createVirtualClock(START) });
  await trial.keeper.look();
  assert.deepEqual(trial.inForce(), ["192.0.2.1"]);
  assert.deepEqual(
    trial.events.map(({ event }) => event),
    ["list-not-saved", "list-updated"],
  );
  await trial.keeper.close();
});

test("exempt addresses are taken out, also those that become exempt later", async () => {
  const state = newState();
  const feed = join(state, "feed.txt");
  writeFileSync(feed, "192.0.2.0/30\n2001:db8::/127\n");
  const exempt: string[] = ["192.0.2.1"];
  const clock = createVirtualClock(START);
  const trial = await openTrial({ toml: `file = "${feed}"`, state, clock, exempt });
  await trial.keeper.look();
  assert.deepEqual(trial.inForce(), ["192.0.2.0", "192.0.2.2/31", "2001:db8::/127"]);
  exempt.push("2001:db8::/64");
  await trial.keeper.refresh();
  assert.deepEqual(trial.inForce(), ["192.0.2.0", "192.0.2.2/31"]);
  assert.equal(trial.keeper.state.cut, 2);
  exempt.length = 0;
  await trial.keeper.refresh();
  const all: readonly Subject[] = ["192.0.2.0/30", "2001:db8::/127"].map(literalSubject);
  assert.deepEqual(trial.inForce(), all);
  assert.equal(trial.keeper.covers(all), all[0]);
  await trial.keeper.close();
});
