import assert from "node:assert/strict";
import test from "node:test";
import { defaultPaths, type Environment } from "./default-paths.ts";

const CASES: readonly (readonly [number, Environment, string, string])[] = [
  [0, { HOME: "/root", XDG_STATE_HOME: "/x" }, "/var/lib/bailiff", "/run/bailiff/bailiff.sock"],
  [
    1000,
    { HOME: "/home/u", XDG_STATE_HOME: "/s", XDG_RUNTIME_DIR: "/run/user/1000" },
    "/s/bailiff",
    "/run/user/1000/bailiff.sock",
  ],
  [
    1000,
    { HOME: "/home/u" },
    "/home/u/.local/state/bailiff",
    "/home/u/.local/state/bailiff/bailiff.sock",
  ],
  [
    1000,
    { HOME: "/home/u", XDG_STATE_HOME: "relative" },
    "/home/u/.local/state/bailiff",
    "/home/u/.local/state/bailiff/bailiff.sock",
  ],
  [1000, {}, "/var/tmp/bailiff-1000", "/var/tmp/bailiff-1000/bailiff.sock"],
];

test("root uses the system's directories, other users their own", () => {
  for (const [uid, env, state, socket] of CASES) {
    assert.deepEqual(defaultPaths({ uid, env }), { state, socket });
  }
});
