/** Tests the connection witness with simulated reports of the kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import type { Ip } from "../../../domain/ip.ts";
import { portScope } from "../../../domain/port-scope.ts";
import { fail, ok } from "../../../domain/result.ts";
import type { EndedConnection } from "../../../host/kernel/ended-connections.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { ConnectionWitness } from "./connection-witness.ts";

const START = Date.parse("2026-11-23T12:00:00Z");

/** The parts of a jail that the witness reads. */
interface JailOptions {
  readonly state?: string;
  readonly logs?: boolean;
  readonly where?: string;
}

function jailOn(port: number, options: JailOptions = {}) {
  const { state = "reading", logs = true, where = "/var/log/auth.log" } = options;
  const jail = {
    name: "sshd",
    config: { ports: portScope([{ protocol: "tcp", number: port }]) },
    lastLineAt: undefined as number | undefined,
  };
  const definition = { name: "sshd", programs: ["sshd"], ports: [], logs_connections: logs };
  const watched = {
    live: { jail, definition },
    source: { state, kind: "file", where },
  } as unknown as WatchedJail;
  return { watched, jail };
}

function openWitness() {
  let passed = 0;
  let stepped = 0;
  let onEnded: (connections: readonly EndedConnection[]) => void = () => undefined;
  const kernel = { isRefusing: false, opened: 0, closed: 0 };
  const now = () => instant(START + stepped + passed);
  const witness = new ConnectionWitness({
    clock: { now, monotonic: () => passed },
    watchEnded: async (observer) => {
      if (kernel.isRefusing) return fail("not permitted");
      onEnded = observer.onEnded;
      kernel.opened++;
      const renew = () => (kernel.isRefusing ? fail("EMFILE") : ok(undefined));
      return ok({ renew, close: () => void kernel.closed++ });
    },
  });
  return {
    ...{ witness, kernel },
    stepClock: (step: number) => void (stepped += step),
    pass: (seconds: number) => void (passed += seconds * 1000),
    look: (...jails: readonly WatchedJail[]) => witness.look(jails, now()),
    end: (port: number, count = 1) => {
      for (let i = 0; i < count; i++) onEnded([{ port, peer: `192.0.2.${i}` as Ip }]);
    },
    now,
    verdict: (jail: WatchedJail) => {
      const proof = witness.proof(jail, now());
      return proof?.kind === "found" ? proof.cause : proof?.kind;
    },
  };
}

test("without a connection it proves nothing; connections without a line are blindness", async () => {
  const { look, end, pass, verdict } = openWitness();
  const { watched } = jailOn(22);
  await look(watched);
  assert.equal(verdict(watched), undefined);
  end(2222, 5);
  assert.equal(verdict(watched), undefined, "another port");
  end(22, 3);
  assert.equal(verdict(watched), "unproven", "their lines may be on the way");
  pass(10);
  assert.equal(verdict(watched), "connections-unlogged");
});

test("a line proves the flow, even an hour later", async () => {
  const { look, end, pass, verdict, now } = openWitness();
  const { watched, jail } = jailOn(22);
  await look(watched);
  end(22, 3);
  jail.lastLineAt = now();
  pass(3600);
  assert.equal(verdict(watched), "proven");
});

test("a reload that changes the jail does not make up for missing lines; another log is a new beginning", async () => {
  const { look, end, pass, verdict } = openWitness();
  const before = jailOn(22);
  await look(before.watched);
  end(22, 3);
  pass(60);
  assert.equal(verdict(before.watched), "connections-unlogged");
  const changed = jailOn(22);
  await look(changed.watched);
  assert.equal(verdict(changed.watched), "connections-unlogged");
  const moved = jailOn(22, { where: "/var/log/secure" });
  await look(moved.watched);
  assert.equal(verdict(moved.watched), undefined);
  const back = jailOn(22);
  await look(back.watched);
  assert.equal(verdict(back.watched), undefined);
});

test("connections from before a jail began to read do not count", async () => {
  const { look, end, pass, verdict } = openWitness();
  const first = jailOn(22);
  const opening = jailOn(22, { state: "opening", where: "/var/log/secure" });
  const second = jailOn(22, { where: "/var/log/messages" });
  await look(first.watched);
  end(22, 5);
  pass(60);
  await look(first.watched, opening.watched);
  assert.equal(verdict(opening.watched), undefined, "its log is being opened");
  await look(first.watched, second.watched);
  assert.equal(verdict(second.watched), undefined);
  assert.equal(verdict(first.watched), "connections-unlogged");
});

test("without reports of the kernel nothing is claimed, and opening the watch is retried", async () => {
  const { look, end, verdict, kernel, now } = openWitness();
  const { watched, jail } = jailOn(22);
  await look(watched);
  end(22);
  jail.lastLineAt = now();
  assert.equal(verdict(watched), "proven");
  kernel.isRefusing = true;
  await look(watched);
  assert.equal(verdict(watched), undefined);
  assert.equal(kernel.closed, 1);
  kernel.isRefusing = false;
  await look(watched);
  assert.equal(verdict(watched), undefined, "connections that ended in between are unknown");
  end(22);
  assert.equal(verdict(watched), "proven");
});

test("a watch that is closed while it opens is closed", async () => {
  const { look, witness, kernel } = openWitness();
  const looking = look(jailOn(22).watched);
  witness.close();
  await looking;
  assert.deepEqual([kernel.opened, kernel.closed], [1, 1]);
});

test("services that do not log every connection have no witness", async () => {
  const { look, kernel, verdict } = openWitness();
  const { watched } = jailOn(22, { logs: false });
  await look(watched);
  assert.equal(kernel.opened, 0);
  assert.equal(verdict(watched), undefined);
});

test("a stepped clock hides no connection, and makes none that has a line suspicious", async () => {
  for (const step of [-7 * 86_400_000, 7 * 86_400_000]) {
    const { witness, look, end, pass, verdict, now, stepClock } = openWitness();
    const { watched, jail } = jailOn(22);
    await look(watched);
    jail.lastLineAt = now();
    end(22);
    stepClock(step);
    witness.shift(step);
    jail.lastLineAt += step;
    assert.equal(verdict(watched), "proven");
    pass(60);
    end(22, 3);
    pass(10);
    assert.equal(verdict(watched), "connections-unlogged");
  }
});

test("connections whose lines wait to be read are no blindness yet", async () => {
  const { look, end, pass, verdict } = openWitness();
  const { watched } = jailOn(22);
  await look(watched);
  end(22, 3);
  pass(10);
  const file = { path: "/var/log/auth.log", offset: 100, size: 300 };
  const behind = { ...watched, source: { ...watched.source, openFiles: [file] } };
  assert.equal(verdict(behind as unknown as WatchedJail), "unproven");
  assert.equal(verdict(watched), "connections-unlogged");
});
