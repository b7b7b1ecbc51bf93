/** Takes the lock of a network namespace after another user has bound every socket name. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const MODULE = JSON.stringify(join(import.meta.dirname, "namespace-lock.ts"));

/**
 * Binds every name as nobody, then takes the lock twice in the same namespace, once from a separate mount namespace.
 */
const SCRIPT = `
import { spawn } from "node:child_process";
import { once } from "node:events";
import { acquireNamespaceLock, NAMESPACE_FILE } from ${MODULE};
const squat = \`
  process.setgroups([]); process.setgid(65534); process.setuid(65534);
  const { createServer } = require("node:net");
  let bound = 0;
  for (let i = 0; i < 8; i++)
    createServer().listen({ path: String.fromCharCode(0) + "bailiff inet bailiff" + (i === 0 ? "" : " " + i) }, () => {
      if (++bound === 8) console.log("bound");
    });
\`;
const squatter = spawn(process.execPath, ["-e", squat], { stdio: ["ignore", "pipe", "inherit"] });
await once(squatter.stdout, "data");
const names = { name: "bailiff inet bailiff", text: "state in /one", file: NAMESPACE_FILE };
const first = await acquireNamespaceLock(names);
const second = await acquireNamespaceLock(names);
const elsewhere = \`import { acquireNamespaceLock } from ${MODULE};
const lock = await acquireNamespaceLock(\${JSON.stringify(names)});
console.log(lock.ok);\`;
const run = async (...argv) => {
  const [program, ...rest] = [...argv, process.execPath, "--input-type=module", "-e", elsewhere];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8");
  const [text] = await once(child.stdout, "data");
  return text.trim();
};
const mounts = await run("unshare", "--mount");
const network = await run("unshare", "--net");
squatter.kill("SIGKILL");
console.log(JSON.stringify({
  pid: process.pid, squatter: squatter.pid,
  first: first.ok && first.value.obstructions, second: second.ok || second.error, mounts, network,
}));
process.exit(0);
`;

test("another user who binds all names can neither take the lock nor block it", () => {
  const output = execFileSync(
    "unshare",
    ["--net", process.execPath, "--input-type=module", "-e", SCRIPT],
    { encoding: "utf8" },
  );
  const { pid, squatter, first, second, mounts, network } = JSON.parse(output);
  assert.equal(first.length, 8);
  assert.deepEqual(first[0], { pid: squatter, uid: 65534 });
  assert.deepEqual(second, { pid, text: "" });
  assert.equal(mounts, "false", "a second owner in another mount namespace is refused");
  assert.equal(network, "true", "another network namespace has a separate lock");
});
