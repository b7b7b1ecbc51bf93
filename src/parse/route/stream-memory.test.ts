import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import type { Match } from "../../domain/match.ts";
import { createHeader } from "../header/header.ts";
import { createStreamMemories, StreamMemory } from "./stream-memory.ts";

const MAX_COUNT = 1024;

test("with too many logs, the one silent for longest is dropped", () => {
  const memoryOf = createStreamMemories();
  const met = Array.from({ length: MAX_COUNT }, (_, n) => memoryOf(String(n)));
  // Used again in reverse order, so that the last one is now the least recent.
  for (let n = MAX_COUNT - 1; n >= 0; n--) assert.equal(memoryOf(String(n)), met[n], String(n));
  memoryOf("one more");
  assert.equal(memoryOf("0"), met[0]);
  assert.notEqual(memoryOf(String(MAX_COUNT - 1)), met[MAX_COUNT - 1]);
});

/** A memory after a recognized line of such a host, and after the end of its batch. */
function afterBatch(host: string): StreamMemory {
  const memory = new StreamMemory();
  const text = `earlier\n${host} sshd: Failed password for root\n`;
  const hostStart = text.indexOf(host);
  const programStart = text.indexOf("sshd");
  const header = {
    ...createHeader(),
    ...{ bodyStart: hostStart, hostStart, hostEnd: hostStart + host.length },
    ...{ programStart, programEnd: programStart + 4, messageStart: text.indexOf("Failed") },
  };
  memory.noteMatch(0, { at: instant(0), user: "root" } as Match);
  memory.noteWriter(text, header);
  memory.detach();
  return memory;
}

test("the last line of a batch can be repeated in the next one, unless its header is very long", () => {
  // Up to 20 characters of the message are kept, and 7 lie between it and the host.
  for (const [length, isKept] of [
    [4, true],
    [512 - 27, true],
    [512 - 26, false],
  ] as const) {
    const host = "h".repeat(length);
    const memory = afterBatch(host);
    assert.equal(memory.hasLast, isKept, `${length}`);
    const quoted = { program: "sshd", begins: "Failed password" };
    assert.equal(memory.isLast({ times: 1, host, relay: undefined, quoted }), isKept, `${length}`);
    assert.equal(memory.isLast({ times: 1, host: "other", relay: undefined, quoted }), false);
  }
});
