/**
 * Runs the real logrotate against a real writer: one that reopens on a signal like rsyslog, and one that never reopens.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../host/system-clock.ts";
import { openFileSource } from "./file-source.ts";
import { numbered } from "../line-source.contract.ts";
import { startReading } from "../reading.fixture.ts";

interface Rotation extends Disposable {
  readonly file: string;
  rotate(): void;
  names(): readonly string[];
}

function openRotation(directives: readonly string[]): Rotation {
  const root = mkdtempSync(join(tmpdir(), `bailiff-logrotate-${process.pid}-`));
  chmodSync(root, 0o755);
  const file = join(root, "auth.log");
  const configuration = join(root, "rotate.conf");
  writeFileSync(file, "");
  const body = ["rotate 5", "missingok", ...directives].map((line) => `  ${line}\n`).join("");
  writeFileSync(configuration, `${file} {\n${body}}\n`, { mode: 0o644 });
  return {
    file,
    rotate: () => {
      execFileSync("logrotate", ["--force", "--state", join(root, "state"), configuration]);
    },
    names: () => readdirSync(root).filter((name) => name.startsWith("auth.log")),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function open(
  file: string,
  cursors?: ReadonlyMap<string, string>,
): ReturnType<typeof openFileSource> {
  return openFileSource({
    patterns: [file],
    resume: (key) => cursors?.get(key),
    clock: systemClock,
    emit: () => undefined,
  });
}

function write(file: string, from: number, to: number): void {
  appendFileSync(
    file,
    numbered(from, to)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

interface Way {
  readonly name: string;
  readonly directives: readonly string[];
  /** Names dated to the second allow one rotation per test. */
  readonly rounds: number;
}

const DATED = ["dateext", "dateformat -%Y%m%d-%s"];
const WAYS: readonly Way[] = [
  { name: "rename and create", directives: ["create 0644"], rounds: 4 },
  { name: "rename, created by the writer", directives: ["nocreate"], rounds: 4 },
  { name: "compress immediately", directives: ["create 0644", "compress"], rounds: 4 },
  { name: "compress later", directives: ["create 0644", "compress", "delaycompress"], rounds: 4 },
  { name: "dated names", directives: ["create 0644", ...DATED], rounds: 1 },
  { name: "dated, packed", directives: ["create 0644", "compress", ...DATED], rounds: 1 },
  { name: "copytruncate", directives: ["copytruncate"], rounds: 4 },
  { name: "copytruncate, packed", directives: ["copytruncate", "compress"], rounds: 4 },
];

for (const { name, directives, rounds } of WAYS) {
  test(`logrotate, ${name}: followed live, no line lost, none twice`, async () => {
    using rotation = openRotation(directives);
    await using reading = startReading(open(rotation.file));
    for (let round = 0; round < rounds; round++) {
      write(rotation.file, round * 100, round * 100 + 50);
      await reading.until(round * 100 + 50);
      // These lines are unread when the file is rotated: no other code runs in between.
      write(rotation.file, round * 100 + 50, round * 100 + 100);
      rotation.rotate();
    }
    write(rotation.file, rounds * 100, rounds * 100 + 10);
    await reading.until(rounds * 100 + 10);
    assert.deepEqual(reading.lines, numbered(0, rounds * 100 + 10));
    assert.equal(rotation.names().length, rounds + 1);
  });

  test(`logrotate, ${name}: rotated several times between two reads, while it is followed`, async () => {
    using rotation = openRotation(directives);
    await using reading = startReading(open(rotation.file));
    write(rotation.file, 0, 50);
    await reading.until(50);
    for (let round = 0; round < rounds; round++) {
      write(rotation.file, 50 + round * 100, 150 + round * 100);
      rotation.rotate();
    }
    write(rotation.file, 50 + rounds * 100, 60 + rounds * 100);
    await reading.until(60 + rounds * 100);
    assert.deepEqual(reading.lines, numbered(0, 60 + rounds * 100));
  });

  test(`logrotate, ${name}: rotated while no reader ran`, async () => {
    using rotation = openRotation(directives);
    await using first = startReading(open(rotation.file));
    write(rotation.file, 0, 100);
    await first.until(100);
    await first.stop();
    for (let round = 1; round <= rounds; round++) {
      write(rotation.file, round * 100, round * 100 + 100);
      rotation.rotate();
    }
    write(rotation.file, rounds * 100 + 100, rounds * 100 + 110);
    await using second = startReading(open(rotation.file, first.cursors));
    await second.until(rounds * 100 + 10);
    assert.deepEqual(second.lines, numbered(100, rounds * 100 + 110));
  });
}

test("logrotate: a file that its writer keeps open is read to the end, compressed or not", async () => {
  using rotation = openRotation(["create 0644", "compress"]);
  await using reading = startReading(open(rotation.file));
  const writer = openSync(rotation.file, "a");
  writeSync(writer, "before\n");
  await reading.until(1);
  rotation.rotate();
  assert.ok(existsSync(`${rotation.file}.1.gz`));
  writeSync(writer, "after its file was packed and removed\n");
  await reading.until(2);
  closeSync(writer);
  write(rotation.file, 0, 1);
  await reading.until(3);
  assert.deepEqual(reading.lines, [
    "before",
    "after its file was packed and removed",
    "line number 0",
  ]);
});
