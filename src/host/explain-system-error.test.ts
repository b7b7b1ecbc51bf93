import assert from "node:assert/strict";
import { connect } from "node:net";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import test from "node:test";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { explainSystemError, reasonOf, systemReason } from "./explain-system-error.ts";

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("an error of the operating system is explained, with what was attempted", () => {
  const cases = [
    [() => readFileSync("/nonexistent/x"), "cannot open /nonexistent/x: no such file or directory"],
    [() => readdirSync("/etc/hostname"), "cannot list /etc/hostname: not a directory"],
    [() => mkdirSync("/etc/hostname/x"), "cannot create /etc/hostname/x: not a directory"],
    [() => readFileSync("/"), "cannot read: illegal operation on a directory"],
  ] as const;
  for (const [act, message] of cases) {
    const error = caught(act);
    assert.equal(explainSystemError(error)?.message, message);
    assert.doesNotMatch(reasonOf(error), /E[A-Z]{3,}|,/);
  }
  assert.equal(
    reasonOf(caught(() => readFileSync("/nonexistent/x"))),
    "no such file or directory (/nonexistent/x)",
  );
});

test("a refused connection is explained too; other errors keep their message", async () => {
  const [error] = await once(connect("/nonexistent.sock"), "error").catch((thrown: unknown) => [
    thrown,
  ]);
  assert.equal(systemReason(error), "no such file or directory");
  assert.equal(explainSystemError(new Error("odd")), undefined);
  assert.equal(reasonOf(new Error("odd")), "odd");
  assert.equal(reasonOf("odd"), "odd");
});

test("a host name that cannot be resolved is named", () => {
  const look = { syscall: "getaddrinfo", hostname: "mail.example.org" };
  const unknown = Object.assign(new Error(""), { errno: -3008, code: "ENOTFOUND", ...look });
  assert.equal(systemReason(unknown), "host name mail.example.org not found");
  const later = Object.assign(new Error(""), { errno: -3001, code: "EAI_AGAIN", ...look });
  assert.equal(reasonOf(later), "cannot resolve mail.example.org at the moment");
});

test("an error of compressed data is not taken for one of the system with the same number", () => {
  const whole = gzipSync("text ".repeat(1000));
  for (const [data, reason] of [
    [whole.subarray(0, whole.length / 2), "its compressed data ends early"],
    [Buffer.from("plain text"), "its compressed data is damaged"],
    [Buffer.concat([whole, Buffer.from("\x1f\x8bmore")]), "its compressed data is damaged"],
  ] as const)
    assert.equal(reasonOf(caught(() => gunzipSync(data))), reason);
  const zstd = Buffer.concat([zstdCompressSync("text ").subarray(0, 8), Buffer.alloc(20, "z")]);
  assert.equal(reasonOf(caught(() => zstdDecompressSync(zstd))), "its compressed data is damaged");
});
