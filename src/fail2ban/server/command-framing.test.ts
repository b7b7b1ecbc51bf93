import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { createFrameReader, END } from "./command-framing.ts";

test("frames are complete for any split of the bytes into chunks", () => {
  const frame = fc
    .uint8Array({ maxLength: 40 })
    .filter((bytes) => !Buffer.from(bytes).includes("<"));
  const cuts = fc.array(fc.nat(60), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), frame, cuts, (frames, rest, sizes) => {
      const stream = Buffer.concat([...frames.flatMap((one) => [one, END]), rest]);
      const reader = createFrameReader(1000);
      const seen: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = Math.max(1, sizes[i % sizes.length] ?? 1);
        const got = reader.push(stream.subarray(at, at + size));
        assert.ok(got !== "too-long");
        seen.push(...got);
        at += size;
      }
      assert.deepEqual(
        seen,
        frames.map((one) => Buffer.from(one)),
      );
      assert.equal(reader.pending, rest.length);
    }),
    fuzzRuns(100),
  );
});

test("a frame without an end mark is refused at the bound, in one chunk or several", () => {
  const reader = createFrameReader(1000);
  let outcome: unknown = [];
  for (let sent = 0; sent < 1100 && outcome !== "too-long"; sent += 10)
    outcome = reader.push(Buffer.alloc(10, "x"));
  assert.equal(outcome, "too-long");
  assert.equal(createFrameReader(1000).push(Buffer.alloc(5000, "x")), "too-long");
  const late = Buffer.concat([Buffer.alloc(5000, "x"), END]);
  assert.equal(createFrameReader(1000).push(late), "too-long");
});

test("the beginning of an end mark inside a frame is part of the frame", () => {
  const reader = createFrameReader(1000);
  assert.deepEqual(reader.push(Buffer.from("a<F2B_END_")), []);
  assert.deepEqual(reader.push(Buffer.from("COMMAN<F2B_END_COMMAND>")), [
    Buffer.from("a<F2B_END_COMMAN"),
  ]);
});

test("each byte of a large frame in small chunks is searched once", (t) => {
  const reader = createFrameReader(4 * 1024 * 1024);
  const chunk = Buffer.alloc(64, "x");
  let searched = 0;
  const { indexOf } = Buffer.prototype;
  t.mock.method(Buffer.prototype, "indexOf", function (this: Buffer, mark: Buffer, from = 0) {
    searched += this.length - from;
    return indexOf.call(this, mark, from);
  });
  for (let i = 0; i < 60_000; i++) reader.push(chunk);
  assert.equal((reader.push(END) as readonly Buffer[])[0]?.length, 60_000 * chunk.length);
  // The end of each previous chunk is searched again for the beginning of a mark.
  const most = 60_001 * (chunk.length + END.length);
  assert.ok(searched > 60_000 * chunk.length && searched <= most, `${searched} of ${most}`);
});
