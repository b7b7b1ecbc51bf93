import assert from "node:assert/strict";
import test from "node:test";
import { isLevel, readLevelWord } from "./log-level.ts";

function kindOf(word: string): ReturnType<typeof readLevelWord> {
  return readLevelWord(`>>${word}<<`, 2, 2 + word.length);
}

test("a level is one word in any case, alone, in brackets of one kind, or ended like a tag", () => {
  for (const word of ["ERROR", "error", "Warning", "[error]", "<Error>", "[Note]"])
    assert.equal(kindOf(word), "bare", word);
  for (const word of ["ERROR:", "[error]:", "ERROR[12]:", "ERROR[12]", "NOTICE[12][C-1a]"])
    assert.equal(kindOf(word), "ended", word);
});

test("other text that resembles a level is a name", () => {
  for (const word of [
    ...["errors", "erro", "[error>", "<error]", "[error", "error]", "ERROR[x]", "ERROR[]", "sshd"],
    ...["[sshd]", "emergencyemergency", ":", ""],
  ])
    assert.equal(kindOf(word), undefined, word);
  assert.equal(isLevel("errors", 0, 5), true, "the part that is asked for");
  assert.equal(isLevel("an error", 0, 8), false);
});
