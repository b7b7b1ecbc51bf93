import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { createAllowList } from "./allow-list.ts";
import { ALWAYS_EXEMPT } from "./always-exempt.ts";
import { explainExemption } from "./explain-exemption.ts";

function explain(text: string, entries: readonly (readonly [string, string])[]) {
  const named = entries.map(([entry, because]) => ({ subject: literalSubject(entry), because }));
  return explainExemption(createAllowList([...ALWAYS_EXEMPT, ...named]), literalSubject(text));
}

test("a network that cannot be banned is refused with the exempt address in it", () => {
  const own = [["192.0.2.12", "allowed by root: my own address"]] as const;
  assert.equal(explain("192.0.2.0/24", [...own, ...own]), explain("192.0.2.0/24", own));
  const contained = "it contains 192.0.2.12 (allowed by root: my own address), which is exempt";
  assert.equal(explain("192.0.2.0/24", own), contained);
  assert.equal(explain("192.0.2.12", own), "allowed by root: my own address");
  assert.equal(explain("192.0.2.13", own), undefined);
  assert.equal(
    explain("0.0.0.0/0", own),
    "it contains every IPv4 address, with 5 exempt addresses or networks: 192.0.2.12 (allowed by root: my own address), 127.0.0.0/8 (loopback, always this host), 0.0.0.0/8 (no client has such an address (unspecified)) and 2 more (bailiff allow lists them)",
  );
  const loopback =
    "it contains 1/128 of all IPv4 addresses, with 1 exempt address or network: 127.0.0.0/8 (loopback, always this host)";
  assert.equal(explain("127.0.0.0/7", []), loopback);
  const loopback6 =
    "it contains 2 exempt addresses or networks: ::1 (loopback, always this host), :: (no client has such an address (unspecified))";
  assert.equal(explain("::/127", []), loopback6);
  const configured = [["2001:db8:1::/48", "ignoreip 2001:db8:1::/48"]] as const;
  assert.equal(
    explain("2001:db8::/32", configured),
    "it contains 2001:db8:1::/48 (ignoreip 2001:db8:1::/48), which is exempt",
  );
});

test("an address inside of an exempt network is exempt by the name of that network", () => {
  const all = [["0.0.0.0/0", "allowed by root"]] as const;
  assert.equal(explain("198.51.100.7", all), "in 0.0.0.0/0, allowed by root");
  const configured = [["198.51.100.0/24", "ignoreip 198.51.100.0/24"]] as const;
  assert.equal(explain("198.51.100.7", configured), "ignoreip 198.51.100.0/24");
  assert.equal(explain("224.0.0.1", []), "no client has such an address (multicast)");
  const translated = [["192.0.2.12", "allowed by root"]] as const;
  assert.equal(explain("64:ff9b::c000:20c", translated), "allowed by root");
});
