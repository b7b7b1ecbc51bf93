/** Reads one configuration file as text. A file that is not regular, too large, or not UTF-8 is a Problem. */
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { describeOtherWriter } from "./describe-other-writer.ts";

const MAX_BYTES = 1024 * 1024;

export type UnreadText =
  | { readonly kind: "absent" }
  | { readonly kind: "wrong"; readonly problem: Problem };

export async function readText(path: string): Promise<Result<string, UnreadText>> {
  try {
    const others = describeOtherWriter(path);
    if (others !== undefined) return wrong(others);
    // Do not block: opening a pipe would wait for its writer. Pipes are refused below.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await file.stat();
    if (status.isDirectory()) return wrong({ path, got: "a directory", expected: "a TOML file" });
    if (!status.isFile()) return wrong({ path, got: "a device or pipe", expected: "a TOML file" });
    const buffer = Buffer.alloc(Math.min(Math.max(status.size, 65_536), MAX_BYTES) + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_BYTES) {
      const expected = "a configuration file of at most 1 MiB";
      return wrong({ path, got: `${status.size} bytes`, expected, hint: "is this a log file?" });
    }
    return decode(path, buffer.subarray(0, bytesRead));
  } catch (error) {
    return unreadable(path, error);
  }
}

function decode(path: string, bytes: Buffer): Result<string, UnreadText> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The strict decoder gives no position. The first replacement character of the lenient one does.
    const before = bytes.toString("utf8").split("\ufffd", 1)[0] ?? "";
    const lines = before.split("\n");
    const line = lines.length;
    const column = (lines.at(-1) ?? "").length + 1;
    const hint = "save the file as UTF-8";
    return wrong({ path, line, column, got: "bytes that are not UTF-8", expected: "UTF-8", hint });
  }
}

function unreadable(path: string, error: unknown): Result<string, UnreadText> {
  const code = codeOf(error) ?? "";
  if (code === "ENOENT" || code === "ENOTDIR") return fail({ kind: "absent" });
  const expected = "a readable file";
  if (code === "EACCES" || code === "EPERM") {
    const hint = "run as root, or give the daemon's user the right to read it";
    return wrong({ path, got: "no right to read it", expected, hint });
  }
  const reason = reasonOf(error);
  return wrong({ path, got: `an error (${reason})`, expected });
}

function wrong(problem: Problem): Result<string, UnreadText> {
  return fail({ kind: "wrong", problem });
}
