/** Addresses that are exempt because of what they are to this host. */
import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import test from "node:test";
import { hostAddresses } from "./host.ts";

function interfaceWith(cidr: string): NetworkInterfaceInfo {
  const [address = ""] = cidr.split("/");
  const rest = { address, cidr, netmask: "", mac: "", internal: false };
  return address.includes(":")
    ? { ...rest, family: "IPv6", scopeid: 0 }
    : { ...rest, family: "IPv4" };
}

const exempt = (...cidrs: readonly string[]): readonly string[] =>
  hostAddresses({ eth0: cidrs.map(interfaceWith) })
    .map(({ subject, because }) => `${subject}: ${because}`)
    .toSorted();

const dead = (end: string): string => `no client has such an address (${end})`;

test("no client has the first or the last address of a local network", () => {
  assert.deepEqual(exempt("192.0.2.7/24", "198.51.100.9/28", "2001:db8::7/64"), [
    `192.0.2.0: ${dead("network address of 192.0.2.0/24")}`,
    `192.0.2.255: ${dead("broadcast address of 192.0.2.0/24")}`,
    "192.0.2.7: an address of this host",
    `198.51.100.0: ${dead("network address of 198.51.100.0/28")}`,
    `198.51.100.15: ${dead("broadcast address of 198.51.100.0/28")}`,
    "198.51.100.9: an address of this host",
    "2001:db8::7: an address of this host",
  ]);
});

test("networks of one or two addresses have no such ends, and an own address stays one", () => {
  assert.deepEqual(exempt("192.0.2.6/31", "192.0.2.9/32", "192.0.2.9/29"), [
    `192.0.2.15: ${dead("broadcast address of 192.0.2.8/29")}`,
    "192.0.2.6: an address of this host",
    `192.0.2.8: ${dead("network address of 192.0.2.8/29")}`,
    "192.0.2.9: an address of this host",
  ]);
});
