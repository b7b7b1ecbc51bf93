import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { instant } from "../../domain/instant.ts";
import {
  type ElementChange,
  planTransaction,
  type ReAdd,
  transactionCommands,
} from "./transaction.ts";

const NOW = instant(1_000_000);

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function commandsOf(changes: readonly ElementChange[], reAdd: ReAdd = "refresh"): string {
  return transactionCommands("t", planTransaction(changes, reAdd, NOW));
}

function change(text: string, until: ElementChange["until"], set = "v4_32"): ElementChange {
  return { set, ip: ip(text), until };
}

test("ends become time-outs in whole seconds with slack; permanent bans have none", () => {
  const changes = [
    change("192.0.2.1", instant(1_000_001)),
    change("192.0.2.2", instant(1_060_000)),
    change("192.0.2.3", "forever"),
  ];
  assert.equal(
    commandsOf(changes),
    "add element inet t v4_32 { 192.0.2.1 timeout 4s,192.0.2.2 timeout 63s,192.0.2.3 }\n",
  );
});

test("a time-out has at most eight digits, however long the ban", () => {
  const days = (count: number) => instant(NOW + count * 86_400_000);
  const text = (until: ElementChange["until"]): string => commandsOf([change("192.0.2.1", until)]);
  assert.match(text(days(999)), / timeout 86313603s /);
  for (const count of [1000, 1158, 3650, 36_500])
    assert.match(text(days(count)), / timeout 86400003s /);
});

test("on an older kernel the element is deleted in between", () => {
  assert.equal(
    commandsOf([change("192.0.2.1", instant(1_010_000))], "replace"),
    "add element inet t v4_32 { 192.0.2.1 }\ndelete element inet t v4_32 { 192.0.2.1 }\nadd element inet t v4_32 { 192.0.2.1 timeout 13s }\n",
  );
});

test("an element to be removed is added first, so that a missing one is not an error", () => {
  const gone =
    "add element inet t v4_32 { 192.0.2.1 }\ndelete element inet t v4_32 { 192.0.2.1 }\n";
  for (const until of ["absent", instant(1_000_000), instant(5)] as const) {
    assert.equal(commandsOf([change("192.0.2.1", until)]), gone);
  }
});

test("sets are separate, and the last change of an element counts", () => {
  const changes = [
    change("192.0.2.1", "forever"),
    change("2001:db8::", "forever", "v6_64"),
    change("192.0.2.1", "absent"),
    change("2001:db8::", "absent", "v6_64"),
    change("2001:db8::", "forever", "v6_64"),
  ];
  assert.equal(
    commandsOf(changes),
    "add element inet t v4_32 { 192.0.2.1 }\ndelete element inet t v4_32 { 192.0.2.1 }\nadd element inet t v6_64 { 2001:db8:: }\n",
  );
});

test("no changes, no commands", () => {
  assert.equal(commandsOf([]), "");
});
