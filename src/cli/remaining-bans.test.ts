import assert from "node:assert/strict";
import { test } from "node:test";
import { countBans } from "./remaining-bans.ts";

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
  assert.equal(countBans(""), 0);
  assert.equal(countBans(listing("")), 0);
  const two =
    "\n\t\telements = { 192.0.2.1 counter packets 0 bytes 0,\n\t\t\t     192.0.2.2 timeout 1h expires 59m counter packets 3 bytes 180 }";
  assert.equal(countBans(listing(two)), 2);
});
