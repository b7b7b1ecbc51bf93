import assert from "node:assert/strict";
import { test } from "node:test";
import { createListingReader, createMonitorReader, parseElement } from "./command-text.ts";

test("a listing gives the elements of each set, over several lines, with or without counters", () => {
  const read = createListingReader();
  const listing = `table inet bailiff {
	set v4_32 {
		type ipv4_addr
		flags timeout
		counter
		elements = { 192.0.2.1 counter packets 17 bytes 900 timeout 1h expires 59m59s996ms, 192.0.2.2 counter packets 0 bytes 0,
			     192.0.2.3 timeout 1m expires 2s }
	}

	set v6_64 {
		type ipv6_addr
	}

	set v6_128 {
		elements = { 2001:db8::1 }
	}

	chain guard {
		meta l4proto . th dport vmap { tcp . 22 : jump tcp_22 }
	}
}`;
  const found = listing
    .split("\n")
    .map(read)
    .filter((part) => part !== undefined);
  assert.deepEqual(
    found.flatMap(({ set, elements }) => elements.map(({ ip, packets }) => [set, ip, packets])),
    [
      ["v4_32", "192.0.2.1", 17],
      ["v4_32", "192.0.2.2", 0],
      ["v4_32", "192.0.2.3", undefined],
      ["v6_128", "2001:db8::1", undefined],
    ],
  );
});

test("elements that are not addresses are skipped", () => {
  for (const text of [
    "",
    " ",
    "tcp . 22",
    "192.0.2.0/24",
    "192.0.2.1-192.0.2.9",
    "\u0000",
    "counter packets 1",
  ]) {
    assert.equal(parseElement(text), undefined, text);
  }
});

test("the monitor's lines become transactions: with or without our table, with or without our mark", () => {
  const read = createMonitorReader("bailiff");
  const told = (text: string) =>
    text
      .split("\n")
      .map(read)
      .filter((part) => part !== undefined);
  const end = "# new generation 7 by process 42 (some (odd) name)";
  const transaction = { pid: 42, program: "some (odd) name", touched: false, marked: false };
  assert.deepEqual(told(end), [transaction]);
  for (const line of [
    "add element inet bailiff v4_32 { 192.0.2.1 timeout 1h }",
    "delete element inet bailiff v4_32 { 192.0.2.1 }",
    "insert rule inet bailiff guard accept",
    "delete table inet bailiff",
    "W: Received event for an unknown set.",
    "# ERROR: We lost some netlink events!",
  ]) {
    assert.deepEqual(told(`${line}\n${end}`), [{ ...transaction, touched: true }], line);
  }
  for (const line of [
    "add table inet bailiff2",
    "add rule inet other x ip saddr 192.0.2.1",
    "",
    "garbage",
  ]) {
    assert.deepEqual(told(`${line}\n${end}`), [transaction], line);
  }
  assert.deepEqual(told(`add element inet bailiff own_mark { 0x00626c66 }\n${end}\n${end}`), [
    { ...transaction, touched: true, marked: true },
    transaction,
  ]);
});
