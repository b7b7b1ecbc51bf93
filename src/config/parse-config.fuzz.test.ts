import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../test/any-character.ts";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { parsePortNames } from "../host/services/port-names.ts";
import { loadConfig } from "./load-config.ts";
import { parseConfig } from "./parse-config.ts";

const CONTEXT = {
  paths: { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" },
  ports: parsePortNames("ssh 22/tcp\n"),
  listFilters: () => Promise.resolve(["sshd"]),
};

const VALID = `[daemon]
state = "/var/lib/bailiff"
audit_keep = "365d"
[defaults]
maxretry = 5
bantime = "forever"
ignoreip = ["127.0.0.0/8", "::1", "vpn.example.org"]
increment = { enabled = true, multipliers = [1, 4, 24], jitter = "5m" }
[jails.sshd]
source = { journal = ["_SYSTEMD_UNIT=ssh.service"], directory = "/x" }
ports = ["ssh", 22, "53/udp"]
[jails."x"]
filter = "sshd"
source.file = ["/var/log/auth.log"]
`;

const PIECES = [
  "[",
  "]",
  "[[",
  "]]",
  "{",
  "}",
  "=",
  ".",
  ",",
  '"',
  "'''",
  '"""',
  "\n",
  "\r\n",
  "#",
  "\0",
  "\ufeff",
  "__proto__",
  "constructor",
  "toString",
  "jails",
  "defaults",
  "increment",
  "source",
  "-1",
  "nan",
  "inf",
  "1e999",
  "9007199254740993",
  "1979-05-27T07:32:00Z",
  "true",
  "[].x",
  '"\\ud800"',
  "[".repeat(2000),
] as const;

/** A valid file with pieces cut out and pieces of TOML put in. */
const mutated = fc
  .array(
    fc.record({ at: fc.nat(VALID.length), cut: fc.nat(12), put: fc.constantFrom(...PIECES) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((edits) =>
    edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), VALID),
  );

/** TOML that always parses, with the known keys in wrong places and of wrong types. */
const misplaced = fc
  .array(
    fc.tuple(
      fc.array(
        fc.constantFrom(
          "jails",
          "defaults",
          "increment",
          "sshd",
          "source",
          "file",
          "ports",
          "__proto__",
          "a b",
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes("null")),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((entries) =>
    entries
      .map(([keys, value]) => {
        const inline = JSON.stringify(value).replaceAll(/("(?:[^"\\]|\\.)*"):/g, "$1=");
        return `${keys.map((key) => JSON.stringify(key)).join(".")} = ${inline}`;
      })
      .join("\n"),
  );

test("parsing any text gives a config, or problems with positions, and never throws", async () => {
  const text = fc.oneof(mutated, misplaced, fc.string({ unit: anyCharacter, maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const parsed = await parseConfig([{ path: "/x.toml", text: written }], CONTEXT);
      if (parsed.ok) {
        assert.ok(Object.isFrozen(parsed.value));
        for (const jail of parsed.value.jails) {
          for (const [key, value] of Object.entries(jail)) assert.ok(value !== undefined, key);
        }
        return;
      }
      assert.ok(parsed.error.length > 0);
      for (const problem of parsed.error) {
        assert.ok(problem.got !== "" && problem.expected !== "");
        assert.ok(!/[\0-\x1f]/.test(problem.got + problem.expected + (problem.hint ?? "")));
      }
    }),
    fuzzRuns(100),
  );
});

test("loading a file of any bytes never throws", async () => {
  const directory = await mkdtemp(join(tmpdir(), `bailiff-fuzz-${process.pid}-`));
  const path = join(directory, "x.toml");
  try {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await writeFile(path, bytes);
        const loaded = await loadConfig({ path, env: {}, uid: 0 });
        assert.ok(loaded.ok || loaded.error.length > 0);
      }),
      fuzzRuns(20),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
