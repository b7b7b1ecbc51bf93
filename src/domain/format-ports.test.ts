import assert from "node:assert/strict";
import test from "node:test";
import {
  formatPorts,
  formatPortsSetting,
  formatScope,
  namePorts,
  nameScope,
} from "./format-ports.ts";
import type { Port } from "./port-scope.ts";

const tcp = (number: number): Port => ({ protocol: "tcp", number });
const udp = (number: number): Port => ({ protocol: "udp", number });

test("ports of a ban are written as in the configuration, and neighbors are a range", () => {
  const cases = [
    ["all", "all"],
    ["none", "none"],
    ["sctp/5,tcp/22", "sctp/5,tcp/22"],
    ["tcp/22", "22"],
    ["tcp/22,tcp/23", "22, 23"],
    ["tcp/22,tcp/8000,tcp/8001,tcp/8002,udp/53", "22, 8000-8002, 53/udp"],
    ["tcp/1,tcp/2,tcp/3,tcp/5", "1-3, 5"],
  ] as const;
  for (const [scope, text] of cases) assert.equal(formatScope(scope), text);
});

test("ports in a sentence and in a setting are each named once, in order", () => {
  const ports = [udp(53), tcp(443), tcp(22), tcp(443)];
  assert.equal(formatPorts(ports), "22, 443, 53/udp");
  assert.equal(formatPortsSetting(ports), '[22, 443, "53/udp"]');
  assert.equal(formatPortsSetting([tcp(1), tcp(2), tcp(3)]), '["1-3"]');
  assert.equal(namePorts([udp(53)]), "port 53/udp");
  assert.equal(namePorts([tcp(22), tcp(2222)]), "ports 22, 2222");
  assert.equal(namePorts([tcp(1), tcp(2), tcp(3)]), "ports 1-3");
  const scopes = ["tcp/22", "udp/53", "tcp/22,tcp/80", "tcp/1,tcp/2,tcp/3", "all", "none"];
  assert.deepEqual(scopes.map(nameScope), [
    ...["port 22", "port 53/udp", "ports 22, 80", "ports 1-3", "all ports", "no port"],
  ]);
});
