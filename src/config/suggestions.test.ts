/** A value that a hint suggests is valid. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortNames } from "../host/services/port-names.ts";
import { type KeyPath, type Mistake } from "./kinds/kind.ts";
import { KINDS } from "./kinds/kinds.ts";
import { parseToml, readToml } from "./parse-toml.ts";
import { JAIL_SHAPE, ROOT_SHAPE, type TableShape } from "./schema.ts";
import type { Setting } from "./setting.ts";

const NAMES: PortNames = new Map([["ssh", [{ protocol: "tcp", number: 22 }]]]);

function settingsOf({ keys, tables }: TableShape): readonly (readonly [string, Setting])[] {
  return [...Object.entries(keys), ...Object.values(tables).flatMap(settingsOf)];
}

const SETTINGS = [ROOT_SHAPE, JAIL_SHAPE].flatMap(settingsOf);

/** Typical mistakes, each tried for every key. */
const VALUES: readonly unknown[] = [
  ...["auth.log", "/var/log/auth.log", "~/x", "/nope/web.toml", "three", "5", "0", "-1", "yes"],
  ...["true", "1y", "100y", "10minutes", "2 weeks", "400d", "forever", "never", "ssh", "ssh, 2222"],
  ...["tcp/22", "sshd", "192.0.2.1 10.0.0.0/8", "journal", "systemd", "ssh.service", "all ssh", ""],
  ...[0, 1, -1, 5, 2.5, 1e12, true, [], ["auth.log"], ["tcp/22"], ["ssh.service"], [1, "x"]],
  { file: "auth.log" },
  { file: "/a /b" },
  { file: 5 },
  { journal: "ssh.service" },
  { journal: ["ssh.service"] },
  { command: "podman logs web" },
  { command: "/usr/bin/podman logs web" },
];

const WRITE = /\bwrite ("[^"]*"|\[.*\]|\{.*\}|-?\d+|true|false)(?: for |, |$)/;
const AT_MOST = /^at most ("[^"]*")/;

function valueOf(hint: string): unknown {
  const written = (WRITE.exec(hint) ?? AT_MOST.exec(hint))?.[1];
  if (written === undefined) return undefined;
  const table = parseToml("hint", `x = ${written}`);
  return table.ok ? table.value["x"] : assert.fail(`no TOML: ${hint}`);
}

function replaced(value: unknown, [key, ...rest]: KeyPath, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((entry: unknown, i) => (i === key ? replaced(entry, rest, by) : entry));
  const entries = Object.entries(Object(value));
  return Object.fromEntries(entries.map(([k, v]) => [k, k === key ? replaced(v, rest, by) : v]));
}

test("each value that a hint suggests is valid", () => {
  let applied = 0;
  for (const [key, setting] of SETTINGS)
    for (const value of VALUES) {
      const read = (one: unknown): readonly Mistake[] => {
        const reading = KINDS[setting.is].read(one, setting, NAMES);
        return reading.ok ? [] : reading.error;
      };
      for (const { path, hint = "" } of read(value)) {
        const suggested = valueOf(hint);
        if (suggested === undefined) continue;
        applied++;
        const left = read(replaced(value, path, suggested)).filter(
          (one) => JSON.stringify(one.path.slice(0, path.length)) === JSON.stringify(path),
        );
        assert.deepEqual(left, [], `${key} = ${JSON.stringify(value)}: ${hint}`);
      }
    }
  assert.ok(applied > 200, String(applied));
});

test("each line that a hint suggests instead of a line that is not TOML is valid", () => {
  const texts = [
    "three",
    "10m",
    "ssh",
    "ssh, http",
    "/var/log/a.log",
    "192.0.2.1 192.0.2.2",
    "007",
  ];
  let applied = 0;
  for (const [key, setting] of SETTINGS)
    for (const text of [...texts, "yes", "True", "1y"]) {
      const [problem] = readToml("c.toml", `${key} = ${text}\n`).problems;
      const line = /: (\w+ = .*)$/.exec(problem?.hint ?? "")?.[1];
      if (line === undefined) continue;
      applied++;
      const table = parseToml("hint", line);
      if (!table.ok) assert.fail(line);
      const reading = KINDS[setting.is].read(table.value[key], setting, NAMES);
      assert.deepEqual(reading.ok ? [] : reading.error, [], `${key} = ${text}: ${line}`);
    }
  assert.ok(applied > 50, String(applied));
});
