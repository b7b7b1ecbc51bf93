import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../config/parse-config.ts";
import { duration } from "../../domain/duration.ts";
import type { Ip } from "../../domain/ip.ts";
import { parseIp } from "../../domain/ip.ts";
import { ok } from "../../domain/result.ts";
import { systemClock } from "../../host/system-clock.ts";
import { openBook } from "../../record/open-book.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { Allow } from "./allow.ts";
import { AllowUpkeep } from "./allow-upkeep.ts";
import { createForwardingPeers } from "../forwarding-peers.ts";
import { createStateStore } from "../../record/state-store.ts";

const NAMES = ["one.example.org", "two.example.org"];

test("names that are resolved only after the daemon stopped change nothing, and no others are asked for", async () => {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const parsed = await parseConfig(
    [{ path: "b.toml", text: `[defaults]\nignoreip = ${JSON.stringify(NAMES)}\n` }],
    { paths: { state: "/state", socket: "/socket" }, ports: new Map() },
  );
  assert.ok(parsed.ok);
  const book = openBook({ path: ":memory:", clock: systemClock, emit });
  const asked: string[] = [];
  const answer = Promise.withResolvers<readonly Ip[]>();
  const resolveName = (name: string): Promise<readonly Ip[]> => {
    asked.push(name);
    return answer.promise;
  };
  const allow = new Allow({ book, hostAddresses: () => [], resolveName, emit });
  const upkeep = new AllowUpkeep({
    forwarders: createForwardingPeers(createStateStore(book)),
    ...{ book, allow, clock: systemClock, emit, running: { config: parsed.value, jails: [] } },
    watchAddresses: async () => ok({ close: () => undefined }),
    onBansChanged: async () => assert.fail("a ban was lifted"),
    onAllowChanged: async () => assert.fail("lists were changed"),
  });
  upkeep.refresh();
  const pending = upkeep.awaitNames(duration(60_000));
  upkeep.close();
  await book[Symbol.asyncDispose]();
  answer.resolve([parseIp("192.0.2.7") ?? assert.fail()]);
  await pending;
  assert.deepEqual([asked, events], [NAMES, []]);
});
