import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ban } from "../domain/ban.ts";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { parseConfig } from "../config/parse-config.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { liftForwarders } from "./lift-forwarders.ts";

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };

test("only detected bans that contain the peer are lifted, unless the jail has no proxies", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const text = "[jails.nginx]\n[jails.sshd]\n[jails.dovecot]\ntrusted_proxies = []\n";
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "a.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  const jails = parsed.value.jails.map((config) => ({ name: config.name, config }));
  const ban = (jail: string, subject: string, origin: Ban["origin"] = "detected"): void => {
    const name = parseJailName(jail);
    assert.ok(name !== undefined);
    const made = {
      ...{ subject: literalSubject(subject), jail: name, scope: ALL_PORTS, from: NOW, origin },
      ...{ until: "forever" as const, reason: "", rule: "", failures: 3, escalation: 0 },
    };
    book.commit({ steps: [{ kind: "ban", ban: made, who: "daemon" }], cursors: [] });
  };
  ban("nginx", "10.77.0.2");
  ban("sshd", "fd00:77::/64");
  ban("sshd", "10.77.0.3");
  ban("dovecot", "10.77.0.2");
  ban("manual", "10.77.0.2", "manual");
  const events: TelemetryEvent[] = [];
  const jail = parseJailName("access-log");
  assert.ok(jail !== undefined);
  const claims = ["10.77.0.2", "fd00:77::9"].flatMap((address) => {
    const peer = parseIp(address);
    return peer === undefined ? [] : [{ jail, peer, client: undefined, at: NOW }];
  });
  const options = { book, jails, now: NOW, emit: (event: TelemetryEvent) => events.push(event) };
  const keys = liftForwarders(claims, options);
  assert.deepEqual(
    keys.map(({ subject }) => subject),
    ["10.77.0.2", "fd00:77::/64"],
  );
  assert.deepEqual([...book.activeBans({})].map((one) => `${one.jail} ${one.subject}`).toSorted(), [
    "dovecot 10.77.0.2",
    "manual 10.77.0.2",
    "sshd 10.77.0.3",
  ]);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["unban", "unban"],
  );
  assert.deepEqual(liftForwarders(claims, options), []);
});
