import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { openBook } from "../record/open-book.ts";
import { createStateStore, type StateStore } from "../record/state-store.ts";
import { createForwardingPeers, type ForwardingPeers } from "./forwarding-peers.ts";

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const CLIENT = ip("203.0.113.9");
const [A, B] = [jailName("a"), jailName("b")];

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function jailName(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

function openStore() {
  const clock = { now: () => NOW, monotonic: () => 0 };
  const book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const store = createStateStore(book);
  let saves = 0;
  const counting: StateStore = {
    load: (name) => store.load(name),
    save(name, text) {
      saves++;
      store.save(name, text);
    },
  };
  return { stateStore: counting, saves: () => saves, close: () => book[Symbol.asyncDispose]() };
}

function note(peers: ForwardingPeers, peer: string, jail = A, at = NOW): void {
  peers.note({ jail, peer: ip(peer), client: CLIENT, at });
}

function finds(peers: ForwardingPeers, subject: string): boolean {
  return peers.of(literalSubject(subject), B) !== undefined;
}

test("a claim survives a restart, and is found for any network that contains its peer", async () => {
  const { stateStore, close } = openStore();
  const first = createForwardingPeers(stateStore);
  note(first, "10.0.0.2");
  note(first, "fd00::7");
  first.save();
  const again = createForwardingPeers(stateStore);
  for (const subject of ["10.0.0.2", "10.0.0.0/24", "fd00::/64"])
    assert.ok(finds(again, subject), subject);
  for (const subject of ["10.0.0.3", "fd00:1::/64"]) assert.ok(!finds(again, subject), subject);
  const found = again.of(literalSubject("10.0.0.2"), A);
  assert.deepEqual(found, { jail: A, peer: "10.0.0.2", client: CLIENT, at: NOW });
  await close();
});

test("claims are written once, then at most once an hour", async () => {
  const { stateStore, saves, close } = openStore();
  const peers = createForwardingPeers(stateStore);
  for (let second = 0; second < 3600; second += 60) {
    note(peers, "10.0.0.2", A, instant(NOW + second * 1000));
    peers.save();
  }
  assert.equal(saves(), 1);
  note(peers, "10.0.0.2", A, instant(NOW + 3_601_000));
  peers.save();
  assert.equal(saves(), 2);
  await close();
});

test("the first claim of a peer is reported once, and not again after a restart", async () => {
  const { stateStore, close } = openStore();
  const first = createForwardingPeers(stateStore);
  const reported = (peers: ForwardingPeers): readonly string[] =>
    peers.save().map(({ peer }) => peer);
  note(first, "10.0.0.2");
  note(first, "10.0.0.2");
  note(first, "104.16.0.1");
  assert.deepEqual(reported(first), ["10.0.0.2", "104.16.0.1"]);
  note(first, "10.0.0.2");
  assert.deepEqual(reported(first), []);
  const again = createForwardingPeers(stateStore);
  note(again, "10.0.0.2");
  note(again, "10.0.0.3");
  assert.deepEqual(reported(again), ["10.0.0.3"]);
  await close();
});

test("a jail whose proxies are configured now is no longer evidence, also after a restart", async () => {
  const { stateStore, close } = openStore();
  const peers = createForwardingPeers(stateStore);
  note(peers, "10.0.0.2", A);
  note(peers, "10.0.0.3", B);
  peers.save();
  peers.keepOnly(new Set([B]));
  peers.save();
  for (const one of [peers, createForwardingPeers(stateStore)]) {
    assert.ok(!finds(one, "10.0.0.2"));
    assert.ok(finds(one, "10.0.0.3"));
  }
  await close();
});

test("the jail's own lines are preferred to newer ones of another jail", async () => {
  const { stateStore, close } = openStore();
  const peers = createForwardingPeers(stateStore);
  note(peers, "10.0.0.2", B);
  note(peers, "10.0.0.2", A);
  assert.equal(peers.of(literalSubject("10.0.0.2"), B)?.jail, B);
  await close();
});

test("the number of claims is bounded, and those of a delivery network displace no private peer", async () => {
  const { stateStore, close } = openStore();
  const peers = createForwardingPeers(stateStore);
  note(peers, "10.0.0.2");
  for (let i = 0; i < 200; i++) note(peers, `104.16.0.${i}`);
  assert.ok(finds(peers, "10.0.0.2"));
  for (let i = 0; i < 200; i++) note(peers, `10.0.1.${i}`);
  assert.ok(!finds(peers, "10.0.0.2"));
  await close();
});

test("an unreadable stored state is no evidence", async () => {
  const { stateStore, close } = openStore();
  const stored = [
    "",
    "{}",
    "[1]",
    '[{"jail":"a","peer":"x","at":1}]',
    '[{"jail":"a","peer":"10.0.0.2"}]',
  ];
  for (const text of stored) {
    stateStore.save("forwarding-peers", text);
    assert.ok(!finds(createForwardingPeers(stateStore), "10.0.0.2"), text);
  }
  await close();
});
