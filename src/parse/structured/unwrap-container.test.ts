import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { createStampContext } from "../header/stamp.ts";
import { createPieceJoiner, unwrapCri, unwrapCutDocker, unwrapDocker } from "./unwrap-container.ts";

function read(line: string): ReturnType<typeof unwrapDocker> {
  return unwrapDocker(line, 0, line.length);
}

test("a line of Docker contains message, stream and time", () => {
  assert.deepEqual(read('{"log":"a\\nb\\n","stream":"stderr","time":"T"}'), {
    stream: "stderr",
    text: "a b",
    partial: false,
    isUnfinished: false,
    time: "T",
  });
  assert.deepEqual(read('{"log":"a\\u0000b","time":"T"}'), {
    stream: "",
    text: "a\ufffdb",
    partial: false,
    isUnfinished: true,
    time: "T",
  });
  assert.equal(read('{ "log": "a", "time": "T" }')?.text, "a");
});

test("another program's JSON is an ordinary line", () => {
  for (const line of [
    "{}",
    '{"log":"a',
    '{"log":"a"}',
    '{"log":"a","time":1}',
    '{"log":"","log":1}',
  ])
    assert.equal(read(line), undefined, line);
});

test("a truncated line of Docker gives the part it has", () => {
  const readCut = (line: string): string | undefined => unwrapCutDocker(line, 0, line.length);
  assert.equal(readCut('{"log":"a \\"b\\u00e9 c\\u00'), 'a "b\u00e9 c');
  assert.equal(readCut('{"log":"a\\n","stream":"std'), "a");
  assert.equal(readCut('{"log":"a\\q'), undefined);
  assert.equal(readCut('{"log": "a'), "a");
  assert.equal(readCut('{"msg":"a'), undefined);
});

test("pieces of a line are joined on their stream", () => {
  const joiner = createPieceJoiner("start");
  const piece = (stream: string, text: string, partial: boolean) => ({ stream, text, partial });
  assert.equal(joiner.join(piece("stdout", "a", true), "whole"), undefined);
  assert.deepEqual(joiner.join(piece("stderr", "x", false), "whole"), { text: "x", isCut: false });
  assert.deepEqual(joiner.join(piece("stdout", "b", false), "whole"), { text: "ab", isCut: false });
});

test("a line that is truncated or too long ends there, and its rest is dropped", () => {
  const joiner = createPieceJoiner("start");
  const long = { stream: "stdout", text: "x".repeat(20_000), partial: true };
  assert.equal(joiner.join(long, "whole")?.text.length, 16_384);
  assert.equal(joiner.join({ ...long, partial: false }, "whole"), undefined);
  assert.deepEqual(joiner.join({ stream: "stdout", text: "a", partial: true }, "cut"), {
    text: "a",
    isCut: true,
  });
  assert.equal(joiner.join({ stream: "stdout", text: "b", partial: true }, "whole"), undefined);
});

test("pieces of JSON are joined to a longer line, because half an object cannot be read", () => {
  const joiner = createPieceJoiner("start");
  const piece = { stream: "stdout", text: "x".repeat(16_384), partial: true };
  assert.equal(joiner.join({ ...piece, text: `{${piece.text.slice(1)}` }, "whole"), undefined);
  const line = joiner.join({ ...piece, text: "y}", partial: false }, "whole");
  assert.equal(line?.isCut, false);
  assert.equal(line?.text.length, 16_386);
});

test("a piece cut before its stream is the beginning of a line, or of none", () => {
  const joiner = createPieceJoiner("start");
  assert.deepEqual(joiner.joinCut("a"), { text: "a", isCut: true });
  assert.equal(joiner.joinCut("b"), undefined);
});

test("the first line of a stream that is read from the middle is incomplete", () => {
  const joiner = createPieceJoiner("middle");
  const last = { stream: "stdout", text: "rest", partial: false };
  assert.equal(joiner.join(last, "whole"), undefined);
  assert.deepEqual(joiner.join(last, "whole"), { text: "rest", isCut: false });
});

test("the next file drops the first line of a stream that was incomplete, and nothing else", () => {
  const piece = (stream: string, text: string, partial = false) => ({ stream, text, partial });
  const before = createPieceJoiner("start");
  before.join(piece("stderr", "Failed ", true), "whole");
  const next = before.succeed();
  assert.equal(next.join(piece("stderr", "login"), "whole"), undefined);
  for (const stream of ["stdout", "stderr"])
    assert.equal(next.join(piece(stream, "a"), "whole")?.text, "a");
  assert.equal(before.join(piece("stderr", "login"), "whole")?.text, "Failed login");
});

test("a line of Kubernetes contains the stream and whether it continues", () => {
  const read = (line: string): ReturnType<typeof unwrapCri> => {
    const header = createHeader(createStampContext(() => 0));
    readHeader(`${line}\n`, 0, line.length, header);
    assert.ok(header.isContainer, line);
    return unwrapCri(`${line}\nnext line`, line.length, header);
  };
  const time = "2026-11-30T11:59:00.123456789Z";
  assert.deepEqual(read(`${time} stderr F denied 192.0.2.7`), {
    stream: "stderr",
    text: "denied 192.0.2.7",
    partial: false,
  });
  assert.deepEqual(read(`${time} stdout P half`), {
    stream: "stdout",
    text: "half",
    partial: true,
  });
  // An empty message.
  assert.deepEqual(read(`${time} stdout F`), { stream: "stdout", text: "", partial: false });
});
