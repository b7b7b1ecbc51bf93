import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRemaining } from "./remaining-bans.ts";

function listing(elements: string): string {
  return `table inet bailiff {
	set own_mark {
		type mark
		elements = { 0x00626c66 }
	}

	set v4_32 {
		type ipv4_addr
		size 1000000
		flags timeout
		counter${elements}
	}

	set v6_64_t22 {
		type ipv6_addr
		flags timeout
	}

	chain guard {
		type filter hook prerouting priority -310; policy accept;
		ip saddr @v4_32 drop
	}
}
`;
}

test("elements that are bans are counted; a table without them has zero", () => {
  assert.equal(describeRemaining(["", "", "", "", ""]), undefined);
  assert.equal(describeRemaining([listing("")]), undefined);
  const two =
    "\n\t\telements = { 192.0.2.1 counter packets 0 bytes 0,\n\t\t\t     192.0.2.2 timeout 1h expires 59m counter packets 3 bytes 180 }";
  assert.match(
    describeRemaining([listing(two)]) ?? "",
    /^2 bans are still in the firewall: 2 in nftables \(temporary ones expire\); those in enforcers of your own \(\[enforcers\]\) are not counted; if no daemon runs, remove all: bailiff clear-firewall$/,
  );
});

test("bans are counted in every firewall of this host, and what else is there is not", () => {
  const sets =
    "create bailiff4-all hash:net family inet\nadd bailiff4-all 192.0.2.1 timeout 0 packets 0 bytes 0\nadd bailiff-exceptions 192.0.2.9\nadd bailiff-v6-64-a 2001:db8::/64\n";
  const rules =
    ":bailiff4-all - [0:0]\n-A bailiff4-all -s 192.0.2.3/32 -j bailiff-verdict\n-A INPUT -j bailiff\n-A other -s 192.0.2.4/32 -j DROP\n";
  const policy =
    "table inet firewalld {\n\tset bailiff-v4-32-a {\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.5, 192.0.2.6 }\n\t}\n}\n";
  const routes =
    "blackhole 192.0.2.7 metric 1\nblackhole 2001:db8::7 dev lo metric 1 pref medium\n";
  assert.match(
    describeRemaining(["", sets, rules, sets + policy, routes]) ?? "",
    /^6 bans are still in the firewall: 1 in ipsets of iptables \(.*\), 1 in rules of iptables \(they stay\), 2 in firewalld \(.*\), 2 in routes \(they stay until a reboot\);/,
  );
});
