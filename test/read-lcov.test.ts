import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCoverage, readCoverage } from "../tools/coverage/read-lcov.ts";

const LCOV = `TN:
SF:src/domain/ip.ts
FN:3,parseIp
FNDA:4,parseIp
BRDA:3,0,0,4
BRDA:5,1,0,2
BRDA:9,2,0,0
BRDA:5,3,0,0
BRF:4
BRH:2
DA:3,4
end_of_record
TN:
SF:src/domain/names.ts
BRF:0
BRH:0
end_of_record
`;

test("files are listed with branches that no test takes, least covered first", () => {
  const [first, second, ...rest] = readCoverage(LCOV);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(rest, []);
  assert.equal(formatCoverage(first), " 50.0%  2/4  src/domain/ip.ts: lines 5 9");
  assert.deepEqual(second, {
    path: "src/domain/names.ts",
    percent: 100,
    covered: 0,
    branches: 0,
    missedLines: [],
  });
});
