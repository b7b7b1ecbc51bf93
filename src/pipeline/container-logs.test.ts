/** Container logs, from the file to the count: first lines, and lines that a start or a reload interrupts. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

const TOML = '[jails.a]\nfilter = "sshd"\nmaxretry = 1000\n';
const failed = (ip: string): string => `Failed password for root from ${ip} port 40022 ssh2`;
const now = (): string => new Date().toISOString();

/** Formats a piece like a runtime; `ends`: whether the line ends with it. */
type Wrap = (text: string, ends?: "ends" | "continues") => string;

const RUNTIMES: Readonly<Record<string, Wrap>> = {
  "json-file of Docker": (text, ends = "ends") =>
    `${JSON.stringify({ log: `${text}${ends === "ends" ? "\n" : ""}`, stream: "stderr", time: now() })}\n`,
  CRI: (text, ends = "ends") => `${now()} stderr ${ends === "ends" ? "F" : "P"} ${text}\n`,
};

test("lines without a syslog header count as unrecognized in a log that one filter reads", async () => {
  await using daemon = await openReadingDaemon(TOML);
  const path = join(daemon.folder, "auth.log");
  const line = JSON.stringify({ message: failed("192.0.2.1"), program: "sshd" });
  const last = `${now()} web1 sshd[7]: ${failed("192.0.2.2")}\n`;
  writeFileSync(path, `${line}\n`.repeat(66) + last);
  await daemon.read({ a: { kind: "file", files: [path] } });
  await daemon.until(() => daemon.counted().includes("a 192.0.2.2"), "all lines are read");
  assert.deepEqual(
    daemon.jails.map(({ recognized, unrecognized }) => [recognized, unrecognized]),
    [[1, 66]],
  );
});

for (const [name, wrap] of Object.entries(RUNTIMES)) {
  test(`the first line of a container's log counts: ${name}`, async () => {
    await using daemon = await openReadingDaemon(TOML);
    const source = { a: { kind: "file", files: [join(daemon.folder, "*.log")] } } as const;
    const log = (file: string): string => join(daemon.folder, `${file}.log`);
    const counts = (ip: string): boolean => daemon.counted().includes(`a ${ip}`);
    const until = (ip: string): Promise<void> => daemon.until(() => counts(ip), `${ip} counts`);
    writeFileSync(
      log("before"),
      wrap("Server listening on 0.0.0.0 port 22.") + wrap(failed("192.0.2.1")),
    );
    writeFileSync(log("first"), wrap(failed("192.0.2.2")));
    await daemon.read(source);
    await until("192.0.2.1");
    await until("192.0.2.2");
    writeFileSync(log("later"), wrap(failed("192.0.2.3")));
    await until("192.0.2.3");
    // The next reader of the same log begins in the middle of it, where no line is open.
    for (const [i, change] of (["reload", "restart"] as const).entries()) {
      if (change === "reload") await daemon.reload(source);
      else {
        await daemon.stop();
        await daemon.read(source);
      }
      appendFileSync(log("later"), wrap(failed(`192.0.2.${10 + i}`)));
      await until(`192.0.2.${10 + i}`);
    }
    // A successor file may begin with the rest of a line.
    assert.ok(existsSync(log("before")));
    renameSync(log("before"), log("other").replace(/log$/, "log.1"));
    writeFileSync(log("other"), wrap(failed("192.0.2.66")) + wrap(failed("192.0.2.20")));
    await until("192.0.2.20");
    assert.ok(!counts("192.0.2.66"));
  });
}

test("the first line of a log counts for a jail that moves there", async () => {
  const docker = RUNTIMES["json-file of Docker"] ?? assert.fail();
  await using daemon = await openReadingDaemon(TOML);
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  const [from, to] = [join(daemon.folder, "c.log"), join(daemon.folder, "d.log")];
  const past = new Date(Date.now() - 120_000).toISOString();
  writeFileSync(from, docker(failed("192.0.2.1")).replace(/"time":"[^"]+"/, `"time":"${past}"`));
  await daemon.read({ a: { kind: "file", files: [from] } });
  await until("192.0.2.1");
  // Lines that are much older than the newest one are known by their time alone when they are read again.
  const early = new Date(Date.now() - 60_000).toISOString();
  const first = docker(failed("192.0.2.2")).replace(/"time":"[^"]+"/, `"time":"${early}"`);
  writeFileSync(to, first + docker(failed("192.0.2.3")));
  await daemon.reload({ a: { kind: "file", files: [to] } });
  await until("192.0.2.3");
  assert.ok(daemon.counted().includes("a 192.0.2.2"));
});

test("pieces of a line are joined over a reload and a restart, but not across programs", async () => {
  const cri = RUNTIMES["CRI"] ?? assert.fail();
  const docker = RUNTIMES["json-file of Docker"] ?? assert.fail();
  await using daemon = await openReadingDaemon(TOML);
  const path = join(daemon.folder, "c.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  const [head, ...tail] = failed("192.0.2.7").split(" for ");
  writeFileSync(
    path,
    cri("hello") +
      cri(`${head} fo`, "continues") +
      cri(failed("192.0.2.1")).replace("stderr", "stdout"),
  );
  await daemon.read(source);
  await until("192.0.2.1");
  await daemon.reload(source);
  await daemon.stop();
  await daemon.read(source);
  appendFileSync(path, cri(`r ${tail.join("")}`));
  await until("192.0.2.7");
  const other = join(daemon.folder, "d.log");
  await daemon.read({ a: { kind: "file", files: [other] } });
  writeFileSync(other, docker("Password: ", "continues"));
  appendFileSync(other, docker(failed("192.0.2.8")));
  await until("192.0.2.8");
});

for (const how of ["re-created", "emptied"] as const)
  test(`a line that is incomplete when its file is ${how} is never joined to the next file`, async () => {
    const cri = RUNTIMES["CRI"] ?? assert.fail();
    await using daemon = await openReadingDaemon(TOML);
    const path = join(daemon.folder, "c.log");
    const counts = (ip: string): boolean => daemon.counted().includes(`a ${ip}`);
    const until = (ip: string): Promise<void> => daemon.until(() => counts(ip), `${ip} counts`);
    const [head, tail] = failed("192.0.2.7").split(" for ");
    writeFileSync(path, cri(failed("192.0.2.1")));
    await daemon.read({ a: { kind: "file", files: [path] } });
    await until("192.0.2.1");
    const old = openSync(path, "a");
    try {
      writeSync(old, cri(`${head} fo`, "continues"));
      writeSync(old, cri(failed("192.0.2.2")).replace("stderr", "stdout"));
      await until("192.0.2.2");
      if (how === "re-created") unlinkSync(path);
      else truncateSync(path);
      // The container's first line, or the rest of the incomplete one.
      appendFileSync(path, cri(`r ${failed("192.0.2.66").split(" for ")[1]}`));
      appendFileSync(path, cri(failed("192.0.2.3")));
      await until("192.0.2.3");
      assert.ok(!counts("192.0.2.66"));
      if (how === "emptied") return;
      writeSync(old, cri(`r ${tail}`));
      await until("192.0.2.7");
      const line = cri(failed("192.0.2.8"));
      writeSync(old, line.slice(0, -20));
      appendFileSync(path, cri(failed("192.0.2.4")));
      await until("192.0.2.4");
      writeSync(old, line.slice(-20));
      await until("192.0.2.8");
    } finally {
      closeSync(old);
    }
  });
