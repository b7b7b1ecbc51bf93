import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, parseIp } from "../../../domain/ip.ts";
import type { OpenPort } from "../../judge/judge-path.ts";
import type { Listener, Owner } from "../../../host/services/listeners.ts";
import { type OpenPortFacts, openPorts } from "./open-ports.ts";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function listener(port: number, more: Partial<Listener> = {}): Listener {
  return {
    protocol: "tcp",
    family: "ipv4",
    address: ip("0.0.0.0"),
    port,
    inode: port,
    ...more,
  };
}

function held(pid: number, command: string): readonly Owner[] {
  return [{ pid, command, descriptor: `/proc/${pid}/fd/3` }];
}

function see(facts: Partial<OpenPortFacts>): readonly Pick<OpenPort, "number" | "owner" | "by">[] {
  const all = {
    ...{ listeners: [], owners: new Map(), running: [], programs: ["sshd"], configured: [] },
    ...facts,
  };
  return openPorts(all).map(({ number, owner, by }) => ({ number, owner, by }));
}

test("the holder of a socket is the program, another, or invisible", () => {
  const owners = new Map([
    [22, held(7, "sshd")],
    [80, held(8, "nginx")],
    [2222, held(1, "systemd")],
  ]);
  const listeners = [22, 80, 2222, 8022].map((port) => listener(port));
  assert.deepEqual(see({ listeners, owners }), [
    { number: 22, owner: "program", by: "sshd (pid 7)" },
    { number: 80, owner: "other", by: "nginx (pid 8)" },
    { number: 2222, owner: "unknown", by: "systemd (pid 1)" },
    { number: 8022, owner: "unknown", by: "a program that may not be seen" },
  ]);
});

test("a socket with an unknown owner belongs to the program if its settings contain the port", () => {
  const listeners = [22, 2222].map((port) => listener(port));
  assert.deepEqual(see({ listeners, configured: [2222] }), [
    { number: 22, owner: "unknown", by: "a program that may not be seen" },
    { number: 2222, owner: "program", by: "sshd (by its settings)" },
  ]);
});

test("a socket of systemd belongs to the program if its settings contain the port", () => {
  const owners = new Map([[2222, held(1, "systemd")]]);
  assert.deepEqual(see({ listeners: [listener(2222)], owners, configured: [2222] }), [
    { number: 2222, owner: "program", by: "sshd (by its settings)" },
  ]);
});

test("settings do not assign another program's socket or a UDP socket to the program", () => {
  const owners = new Map([[2222, held(9, "nc")]]);
  const listeners = [listener(2222), listener(2222, { protocol: "udp", inode: 1 })];
  assert.deepEqual(see({ listeners, owners, configured: [2222] }), [
    { number: 2222, owner: "other", by: "nc (pid 9)" },
    { number: 2222, owner: "unknown", by: "a program that may not be seen" },
  ]);
});
