import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { MAX_SKEW, clampTime } from "./clamp-time.ts";

const NOW = instant(1_795_407_065_000);
const at = (offset: number) => instant(NOW + offset);

test("a live line happened now unless its stamp is near; a line read later keeps a stamp that is not ahead", () => {
  const table = [
    [undefined, "live", 0],
    [undefined, "backlog", 0],
    [-1000, "live", -1000],
    [-MAX_SKEW, "live", -MAX_SKEW],
    [-MAX_SKEW - 1, "live", 0],
    [1000, "live", 0],
    [MAX_SKEW + 1, "live", 0],
    [-3_600_000, "backlog", -3_600_000],
    [1, "backlog", 0],
    [86_400_000, "backlog", 0],
  ] as const;
  for (const [stamp, arrival, expected] of table) {
    assert.equal(
      clampTime(stamp === undefined ? undefined : at(stamp), NOW, arrival),
      at(expected),
      `${stamp} ${arrival}`,
    );
  }
});
