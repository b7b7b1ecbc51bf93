/**
 * Checks every import of the sources against the dependency table below (see ARCHITECTURE.md). Also fails if it finds
 * no import between folders, so that it cannot silently check nothing.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Plan, findViolations } from "./architecture/find-violations.ts";
import { PURE_FOLDERS } from "./architecture/pure-folders.ts";
import { readModule } from "./architecture/read-module.ts";

/** Imports that nearly every folder with side effects needs. */
const BASE = ["domain", "telemetry", "host"];
/** Folders that turn lines into decisions, in flow order. */
const PIPELINE = ["source", "parse", "detect", "firewall", "record", "jails", "pipeline"];

/** From the bottom up: no folder imports from one above it. */
const PLAN: Plan = {
  mayImport: new Map([
    ["domain", []],
    ["telemetry", ["domain"]],
    ["host", ["domain"]],
    ["parse", ["domain"]],
    ["detect", ["domain"]],
    ["config", ["domain", "host", "telemetry"]],
    ["source", BASE],
    ["record", BASE],
    ["firewall", [...BASE, "config"]],
    ["lists", [...BASE, "config", "source", "firewall"]],
    ["control", BASE],
    ["notify/services", ["domain", "config"]],
    ["notify", [...BASE, "config", "notify/services"]],
    ["fail2ban", ["domain", "host", "config", "parse"]],
    ["jails", ["domain", "host", "config", "source", "parse", "detect", "fail2ban"]],
    ["actions", [...BASE, "config", "parse", "fail2ban", "jails"]],
    ["health/judge", ["domain", "telemetry"]],
    ["health/drift", ["domain", "parse"]],
    ["pipeline", [...BASE, ...PIPELINE, "config", "actions", "health/judge", "health/drift"]],
    [
      "health",
      [
        ...[...BASE, ...PIPELINE, "config", "fail2ban", "control", "actions"],
        ...["health/judge", "health/drift"],
      ],
    ],
    [
      "daemon",
      [...BASE, ...PIPELINE, "config", "lists", "fail2ban", "actions", "health", "notify"],
    ],
    [
      "control/answers",
      [
        ...BASE,
        ...PIPELINE,
        "config",
        "lists",
        "control",
        "daemon",
        "health",
        "health/judge",
        "health/drift",
      ],
    ],
    [
      "fail2ban/server",
      [...BASE, ...PIPELINE, "config", "fail2ban", "control", "control/answers", "daemon"],
    ],
    [
      "daemon/service",
      [
        ...[...BASE, ...PIPELINE, "config", "lists", "control"],
        ...["control/answers", "fail2ban/server"],
        "daemon",
      ],
    ],
    ["demo", ["domain", "host"]],
    ["web", [...BASE, "config", "control"]],
    ["web/page", ["domain", "control", "web"]],
    [
      "cli",
      [
        ...["domain", "telemetry", "host", "config", "parse", "jails", "pipeline", "health"],
        ...["health/drift", "daemon", "daemon/service", "fail2ban", "fail2ban/server", "control"],
        ...["control/answers", "demo", "web", "notify"],
      ],
    ],
  ]),
  pure: PURE_FOLDERS,
  inTests: ["record"],
  patterns: "parse",
  // It imports every module of the daemon.
  computed: ["tools/warm-cache.ts"],
};

const ROOT = join(import.meta.dirname, "..");

function readTree(): ReturnType<typeof readModule>[] {
  return globSync("{src,test,tools,bench}/**/*.ts", { cwd: ROOT }).map((path) =>
    readModule(path, readFileSync(join(ROOT, path), "utf8")),
  );
}

test("every import and every file follows the layout", () => {
  const { violations, crossings } = findViolations(readTree(), PLAN);
  assert.deepEqual(violations, []);
  assert.ok(crossings > 0, "no import from one folder to another was seen: the check is blind");
});

test("the table lists the folders that exist, and no other", () => {
  const folders = readdirSync(join(ROOT, "src"));
  const listed = [...PLAN.mayImport.keys()].filter((folder) => !folder.includes("/"));
  assert.deepEqual(listed.toSorted(), folders.toSorted());
  const missing = [...PLAN.mayImport.keys(), ...PLAN.pure].filter(
    (folder) => !existsSync(join(ROOT, "src", folder)),
  );
  assert.deepEqual(missing, []);
});

test("every folder of the sources was read", () => {
  const read = new Set(readTree().map((module) => module.path.split("/")[1]));
  assert.deepEqual(
    readdirSync(join(ROOT, "src")).filter((folder) => !read.has(folder)),
    [],
  );
});
