/** A jail of a container reads its log as soon as it exists, and that of each container that replaces it. */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { createWakeUp } from "../host/wake-up.ts";
import { loadAll } from "../jails/load-all.ts";
import {
  type DockerContainer,
  writeDockerContainer,
} from "../source/container/docker-container.fixture.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { type Daemon, openDaemon } from "./daemon.ts";
import { ROUND_INTERVAL_MS } from "./housekeeping.ts";

enableLinearRegex();

const FILTER = `name = "shop"
description = "a service of the test"
programs = ["shop"]
files = ["/nonexistent/shop.log"]

[[rule]]
id = "refused"
is = "failure"
line = ["refused {ip}"]
`;

interface Lab extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly events: readonly TelemetryEvent[];
  write(container: DockerContainer): string;
  remove(digit: string): void;
  /** Resolves when the jail was judged so, before the next regular search. */
  until(what: string, is: (daemon: Daemon) => boolean): Promise<void>;
}

const NAMED = '[jails.shop]\nsource = { container = "shop" }';

async function openLab(jails: string): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-containers-${process.pid}-`));
  const root = join(folder, "docker");
  mkdirSync(join(root, "containers"), { recursive: true });
  mkdirSync(join(folder, "filters"));
  writeFileSync(join(folder, "filters/shop.toml"), FILTER);
  const path = join(folder, "bailiff.toml");
  writeFileSync(
    path,
    `[daemon]
state = "${folder}/state"
socket = "${folder}/socket"
[filters]
directories = ["${folder}/filters"]
automatic = "never"
[containers]
roots = ["${root}"]
discover = ${!jails.includes("container")}
[defaults]
enforcer = "memory"
canary = "0s"
maxretry = 3
${jails}
`,
  );
  const load = () => loadAll({ path, env: {}, uid: process.getuid?.() ?? 0 });
  const loaded = await load();
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const wake = createWakeUp();
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    wake.ring();
  };
  const opened = await openDaemon({ load, emit, onStatesChanged: () => wake.ring() }, loaded.value);
  assert.ok(opened.ok);
  const daemon = opened.value;
  await daemon.proven;
  return {
    daemon,
    events,
    write: (container) => writeDockerContainer(root, container),
    remove: (digit) =>
      rmSync(join(root, "containers", digit.repeat(64)), { recursive: true, force: true }),
    async until(what, is) {
      const end = systemClock.monotonic() + ROUND_INTERVAL_MS - 5000;
      while (!is(daemon)) {
        assert.ok(systemClock.monotonic() < end, `${what}: ${JSON.stringify(events.slice(-8))}`);
        await wake.wait(AbortSignal.timeout(1000));
      }
    },
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What is wrong with the jail's source. */
function causeOf(daemon: Daemon): string | undefined {
  const proofs = daemon.watched().flatMap((watched) => daemon.proofs.of(watched));
  const source = proofs.find(({ link }) => link === "source");
  return source?.kind === "found" ? source.cause : undefined;
}

/** Appends failures of this address to the log of a container, as Docker writes them. */
function fail(folder: string, digit: string, ip: string, times: number): void {
  for (let i = 0; i < times; i++) {
    const entry = { log: `refused ${ip}\n`, stream: "stdout", time: new Date().toISOString() };
    appendFileSync(join(folder, `${digit.repeat(64)}-json.log`), `${JSON.stringify(entry)}\n`);
  }
}

test("a container's log is followed from its first start to its replacement", async () => {
  await using lab = await openLab(NAMED);
  const { daemon, events } = lab;
  const banned = (ip: string) => (): boolean =>
    events.some((event) => event.event === "ban" && event.ip === ip);
  assert.equal(causeOf(daemon), "container-missing");

  const first = lab.write({ digit: "a", name: "shop" });
  fail(first, "a", "203.0.113.1", 3);
  await lab.until("the first log is read", banned("203.0.113.1"));
  await lab.until("the jail is well", () => causeOf(daemon) === undefined);

  fail(first, "a", "203.0.113.2", 2);
  lab.write({ digit: "a", name: "shop", isRunning: false });
  await lab.until("it is stopped", () => causeOf(daemon) === "container-stopped");

  // Created while nothing is followed yet: its first lines count, and those of the old one stay counted.
  lab.remove("a");
  const second = lab.write({ digit: "b", name: "shop" });
  fail(second, "b", "203.0.113.2", 1);
  fail(second, "b", "203.0.113.3", 3);
  await lab.until("the second log is read", banned("203.0.113.3"));
  await lab.until("failures in both logs count together", banned("203.0.113.2"));
  await lab.until("the jail is well again", () => causeOf(daemon) === undefined);
  const moves = events.filter(({ event }) => event === "container-changed");
  assert.deepEqual(moves.at(-1), {
    event: "container-changed",
    jail: "shop",
    from: "container shop (Docker aaaaaaaaaaaa)",
    to: "container shop (Docker bbbbbbbbbbbb)",
  });
  assert.equal(daemon.jails[0]?.jail.failures, 9);

  lab.write({ digit: "b", name: "shop", driver: "none" });
  await lab.until("its driver is unreadable", () => causeOf(daemon) === "container-unreadable");
  lab.write({ digit: "b", name: "renamed" });
  await lab.until("it has another name", () => causeOf(daemon) === "container-missing");
});

test("a labeled container is protected while it runs", async () => {
  await using lab = await openLab("");
  const { daemon, events } = lab;
  const names = (): string => daemon.jails.map(({ jail }) => jail.name).join();
  assert.equal(names(), "");
  const labels = (service: string) => ({ "bailiff.service": service });
  const web = { digit: "a", name: "web", labels: labels("nginx") };
  const folder = lab.write(web);
  await lab.until("it has a jail", () => names() === "nginx-container");
  const now = new Date().toISOString();
  const stamp = now.slice(0, 19).replaceAll("-", "/").replace("T", " ");
  const log = `${stamp} [error] 7#7: *1 user "alice": password mismatch, client: 203.0.113.7, server: localhost, request: "GET / HTTP/1.1", host: "localhost"\n`;
  for (let i = 0; i < 3; i++) {
    const entry = { log, stream: "stderr", time: now };
    appendFileSync(join(folder, `${"a".repeat(64)}-json.log`), `${JSON.stringify(entry)}\n`);
  }
  await lab.until("its attacker is banned", () =>
    events.some((event) => event.event === "ban" && event.jail === "nginx-container"),
  );

  // A second container of the service shares its jail, and wrong labels change nothing.
  lab.write({ digit: "b", name: "web2", labels: labels("nginx") });
  lab.write({ digit: "c", name: "odd", labels: labels("../../etc/passwd") });
  lab.write({ digit: "d", name: "own", labels: labels("shop") });
  const ignored = (): readonly TelemetryEvent[] =>
    events.filter(({ event }) => event === "label-ignored");
  await lab.until("wrong labels are reported", () => ignored().length === 2);
  await lab.until("both are read", () => {
    const { source } = daemon.jails[0]?.search ?? {};
    return source?.kind === "file" && source.files.length === 2;
  });
  assert.equal(names(), "nginx-container");
  assert.equal((await daemon.reload("test")).ok, true);
  assert.equal(names(), "nginx-container");

  lab.write({ ...web, isRunning: false });
  await lab.until("only the other is read", () => {
    const { source } = daemon.jails[0]?.search ?? {};
    return source?.kind === "file" && source.files.every((file) => file.includes("bbb"));
  });
  lab.remove("b");
  await lab.until("the jail ends with its containers", () => names() === "");
  assert.deepEqual(
    ignored().map((event) => event.event === "label-ignored" && event.service),
    ["../../etc/passwd", "shop"],
  );
});
