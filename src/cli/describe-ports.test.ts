import assert from "node:assert/strict";
import test from "node:test";
import { describePorts } from "./describe-ports.ts";

test("ports of a ban are grouped by protocol, and neighbors are a range", () => {
  const cases = [
    ["all", "all"],
    ["none", "none"],
    ["tcp/22", "tcp/22"],
    ["tcp/22,tcp/23", "tcp/22,23"],
    ["tcp/22,tcp/8000,tcp/8001,tcp/8002,udp/53", "tcp/22,8000-8002,udp/53"],
    ["tcp/1,tcp/2,tcp/3,tcp/5", "tcp/1-3,5"],
  ] as const;
  for (const [scope, text] of cases) assert.equal(describePorts(scope), text);
});
