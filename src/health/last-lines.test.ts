import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { createLastLines } from "./last-lines.ts";

const SSHD = parseJailName("sshd");
assert.ok(SSHD !== undefined);
const jail = SSHD;
const START = 1_800_000_000_000;
const at = (seconds: number): Instant => instant(START + seconds * 1000);
const NEVER = { line: undefined, heard: undefined };

function memory(kept = new Map<string, string>()) {
  let writes = 0;
  const stateStore = {
    load: (name: string) => kept.get(name),
    save: (name: string, text: string) => {
      writes++;
      kept.set(name, text);
    },
  };
  return { kept, stateStore, writes: () => writes };
}

function plain({ line, heard }: { line: Instant | undefined; heard: Instant | undefined }) {
  return { line, heard };
}

test("last lines survive a restart, and older times never replace them", () => {
  const { kept, stateStore } = memory();
  const first = createLastLines(stateStore);
  assert.deepEqual(plain(first.of(jail, "file a")), NEVER);
  first.note(jail, "file a", { line: at(10), heard: at(5) }, at(10));
  const second = createLastLines(memory(kept).stateStore);
  assert.deepEqual(plain(second.of(jail, "file a")), { line: at(10), heard: at(5) });
  second.note(jail, "file a", NEVER, at(20));
  second.note(jail, "file a", { line: at(3), heard: at(30) }, at(30));
  assert.deepEqual(plain(second.of(jail, "file a")), { line: at(10), heard: at(30) });
});

test("another log has its own last lines", () => {
  const { stateStore } = memory();
  const lines = createLastLines(stateStore);
  lines.note(jail, "file a", { line: at(10), heard: at(5) }, at(10));
  assert.deepEqual(plain(lines.of(jail, "journal b")), NEVER);
  lines.note(jail, "journal b", { line: at(20), heard: undefined }, at(100));
  assert.deepEqual(plain(lines.of(jail, "journal b")), { line: at(20), heard: undefined });
});

test("a busy log is written once a minute, and at the end", () => {
  const { kept, stateStore, writes } = memory();
  const lines = createLastLines(stateStore);
  for (let i = 0; i < 59; i++) lines.note(jail, "file a", { line: at(i), heard: at(i) }, at(i));
  assert.equal(writes(), 1);
  lines.save();
  lines.save();
  assert.equal(writes(), 2);
  assert.equal(createLastLines(memory(kept).stateStore).of(jail, "file a").line, at(58));
});

test("an unreadable stored state counts as missing", () => {
  for (const text of ["", "{", "7", '{"where":1}', '{"where":"file a","line":"x","heard":null}']) {
    const { stateStore } = memory(new Map([["last-line sshd", text]]));
    assert.deepEqual(plain(createLastLines(stateStore).of(jail, "file a")), NEVER, text);
  }
});

test("a clock that is set back does not prevent saving", () => {
  const { stateStore, writes } = memory();
  const lines = createLastLines(stateStore);
  lines.note(jail, "file a", { line: at(0), heard: at(0) }, at(7200));
  lines.note(jail, "file a", { line: at(1), heard: at(1) }, at(7200 - 59));
  assert.equal(writes(), 1);
  lines.note(jail, "file a", { line: at(2), heard: at(2) }, at(3600));
  assert.equal(writes(), 2);
});

test("after a stepped clock newer lines are newer", () => {
  const { stateStore } = memory();
  const lines = createLastLines(stateStore);
  lines.note(jail, "file a", { line: at(10), heard: at(10) }, at(10));
  lines.shift(-3_600_000);
  assert.deepEqual(plain(lines.of(jail, "file a")), { line: at(-3590), heard: at(-3590) });
  lines.note(jail, "file a", { line: at(-3580), heard: undefined }, at(-3580));
  assert.equal(lines.of(jail, "file a").line, at(-3580));
});
