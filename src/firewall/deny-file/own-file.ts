/**
 * Reads and replaces one deny list. Replaces only a file that has the marker line, is empty or is missing; any other belongs to
 * another program or the administrator.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
} from "node:fs";
import { fail, ok, type Result } from "../../domain/result.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { replaceFile } from "../../host/replace-file.ts";
import type { Unusable } from "../nftables.ts";
import { judgeFolder, judgePlace } from "./judge-place.ts";

export interface OwnFile {
  /** Returns the text; undefined: the file is missing. Fails if the file is not ours or cannot be read. */
  read(): Result<string | undefined, string>;
  /** Fails if its folder cannot be written, or another user can change either, whose modes may change at any time. */
  checkPlace(): Result<undefined, Unusable>;
  /** Replaces the file as a whole. Fails, without a change, if it is not ours, not safe or cannot be written. */
  write(text: string): Result<undefined, string>;
  /** Returns whether the file is still as last read or written here. */
  isUnchanged(): boolean;
}

/** Differs from every stamp. */
const UNREAD = "unread";
/** Some 500,000 entries. */
const MAX_BYTES = 32 * 1024 * 1024;

export function createOwnFile(path: string, isOwn: (text: string) => boolean): OwnFile {
  let stamp: string | undefined = UNREAD;
  const readOwn = (): Result<string | undefined, string> => {
    const content = readRegularFile(path);
    if (!content.ok || content.value === undefined) return content;
    if (content.value.trim() === "" || isOwn(content.value)) return content;
    return fail(`${path} was written by another program: it lacks bailiff's first line`);
  };
  const checkPlace = (): Result<undefined, Unusable> => {
    const place = judgePlace(path) ?? judgeFolder(path);
    return place === undefined ? ok(undefined) : fail(place);
  };
  return {
    checkPlace,
    read: () => {
      const before = stampOf(path);
      const content = readOwn();
      stamp = content.ok ? before : UNREAD;
      return content;
    },
    write: (text) => {
      const place = checkPlace();
      if (!place.ok) return fail(`${place.error.reason}: ${place.error.fix}`);
      const former = readOwn();
      if (!former.ok) return former;
      try {
        replaceFile(path, text);
      } catch (error) {
        return fail(`cannot write ${path}: ${reasonOf(error)}`);
      }
      stamp = stampOf(path);
      return ok(undefined);
    },
    isUnchanged: () => stampOf(path) === stamp,
  };
}

function readRegularFile(path: string): Result<string | undefined, string> {
  let file: number;
  try {
    // Neither follows a link nor waits for the writer of a FIFO.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return ok(undefined);
    if (code === "ELOOP") return fail(`${path} is a symbolic link, which is never replaced`);
    return fail(`cannot read ${path}: ${reasonOf(error)}`);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return fail(`${path} is not a regular file`);
    if (stats.size > MAX_BYTES) return fail(`${path} is larger than ${MAX_BYTES} bytes`);
    return ok(readFileSync(file, "utf8"));
  } catch (error) {
    return fail(`cannot read ${path}: ${reasonOf(error)}`);
  } finally {
    closeSync(file);
  }
}

/** Identifies the content of a path by what the file system knows of it; undefined: nothing is there. */
function stampOf(path: string): string | undefined {
  let stats: BigIntStats | undefined;
  try {
    stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A folder above is missing or closed to this process: there is no file to know.
  }
  return stats && `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
