/** Watches addresses that come and go, in a network namespace of the test. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { watchAddresses } from "./address-watch.ts";
import { findProgram } from "../process/find-program.ts";
import { ownAddresses } from "../host.ts";
import { enterOwnNetwork } from "./own-network.fixture.ts";
import { runProgram } from "../process/run-program.ts";

before(async () => {
  const entered = await enterOwnNetwork();
  assert.ok(entered.ok, entered.ok ? "" : entered.error);
  await ip("link set lo up");
});

async function ip(words: string): Promise<void> {
  const argv = [findProgram("ip") ?? "ip", ...words.split(" ")];
  const done = await runProgram({ argv, input: "", timeoutMilliseconds: 60_000 });
  assert.ok(done.ok, `ip ${words}: ${done.ok ? "" : done.error}`);
}

test("each added or removed address is reported, of both families, and nothing after close", async () => {
  let changes = 0;
  let changed = Promise.withResolvers<void>();
  const watch = await watchAddresses(() => {
    changes++;
    changed.resolve();
  });
  assert.ok(watch.ok, watch.ok ? "" : watch.error);
  for (const [words, address, there] of [
    ["addr add 2001:db8:5::1/64 dev lo", "2001:db8:5::1", true],
    ["addr add 192.0.2.1/24 dev lo", "192.0.2.1", true],
    ["addr del 192.0.2.1/24 dev lo", "192.0.2.1", false],
    ["addr del 2001:db8:5::1/64 dev lo", "2001:db8:5::1", false],
  ] as const) {
    changed = Promise.withResolvers();
    await ip(words);
    await changed.promise;
    assert.equal(
      ownAddresses().some((one) => one === address),
      there,
      words,
    );
  }
  watch.value.close();
  watch.value.close();
  const before = changes;
  await ip("addr add 192.0.2.2/24 dev lo");
  await new Promise(setImmediate);
  assert.equal(changes, before);
});

test("two watches run side by side, and closing one leaves the other", async () => {
  const first = await watchAddresses(() => assert.fail("it was closed"));
  const { promise, resolve } = Promise.withResolvers<void>();
  const second = await watchAddresses(resolve);
  assert.ok(first.ok && second.ok);
  first.value.close();
  await ip("addr add 2001:db8:6::1/64 dev lo");
  await promise;
  second.value.close();
});
