/**
 * Holds the dependency rule of ARCHITECTURE.md: this is its table, and every import of the sources is held against it.
 * Fails too when it saw no import from one room to another, so that it cannot go silently blind.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Plan, findViolations } from "./architecture/find-violations.ts";
import { readModule } from "./architecture/read-module.ts";

const EFFECTS = ["domain", "telemetry", "platform"];

const PLAN: Plan = {
  mayImport: new Map([
    ["domain", []],
    ["parse", ["domain"]],
    ["detect", ["domain"]],
    ["decide", ["domain"]],
    ["telemetry", ["domain"]],
    ["platform", ["domain"]],
    ["source", EFFECTS],
    ["enforce", EFFECTS],
    ["probe", EFFECTS],
    ["record", EFFECTS],
    ["notify", EFFECTS],
    ["fleet", EFFECTS],
    ["config", ["domain", "platform"]],
    ["fail2ban", ["domain", "config", "parse", "control", "platform"]],
    ["control", EFFECTS],
    ["health", ["domain", "telemetry"]],
    ["web", ["domain", "control", "platform"]],
    [
      "daemon",
      [
        ...["domain", "telemetry", "platform", "source", "parse", "detect", "decide", "enforce"],
        ...["probe", "record", "config", "fail2ban", "control", "health", "notify", "fleet"],
      ],
    ],
    [
      "cli",
      [
        ...["domain", "telemetry", "config", "fail2ban", "parse", "control", "daemon", "web"],
        "platform",
      ],
    ],
  ]),
  pureRooms: ["domain", "parse", "detect", "decide", "health", "telemetry"],
  patternRoom: "parse",
};

const ROOT = join(import.meta.dirname, "..");

function readTree(): ReturnType<typeof readModule>[] {
  return globSync("{src,test,tools,bench}/**/*.ts", { cwd: ROOT }).map((path) =>
    readModule(path, readFileSync(join(ROOT, path), "utf8")),
  );
}

test("every import and every file keeps to the plan of the house", () => {
  const { violations, crossings } = findViolations(readTree(), PLAN);
  assert.deepEqual(violations, []);
  assert.ok(crossings > 0, "no import from one room to another was seen: the check is blind");
});

test("every room of the sources was read", () => {
  const read = new Set(readTree().map((module) => module.path.split("/")[1]));
  const rooms = readdirSync(join(ROOT, "src")).filter((room) => PLAN.mayImport.has(room));
  assert.deepEqual(
    rooms.filter((room) => !read.has(room) && readdirSync(join(ROOT, "src", room)).length > 0),
    [],
  );
});
