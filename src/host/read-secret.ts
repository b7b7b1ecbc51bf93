/**
 * Reads a secret, such as a key of an API, from a file that no other user can read. Messages never contain the secret.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf, systemReason } from "./explain-system-error.ts";
import { findOtherWriter } from "./other-writer.ts";
import { userName } from "./process/accounts.ts";

const MAX_BYTES = 4096;
const OTHERS_READ = 0o077;
/** Where systemd puts the credentials of each unit; only root can write there. */
const CREDENTIALS = "/run/credentials";
/** One word of printable ASCII, which is also valid in a header. */
const SECRET = /^[\x21-\x7e]{4,1024}$/;
const PASSWORD = /^\P{Cc}{1,1024}$/u;

/** Returns the secret without surrounding blanks, or why it cannot be used and what to do. */
export async function readSecret(path: string): Promise<Result<string, string>> {
  const read = await readClosed(path);
  if (!read.ok) return read;
  const secret = read.value.toString("latin1").trim();
  if (secret === "") return fail(`${path} is empty`);
  return SECRET.test(secret) ? ok(secret) : fail(`${path} does not contain a key on one line`);
}

/** Reads a password, which may contain blanks and characters of any language. The line end is no part of it. */
export async function readPassword(path: string): Promise<Result<string, string>> {
  const read = await readClosed(path);
  if (!read.ok) return read;
  const password = read.value.toString("utf8").replace(/\r?\n$/, "");
  return PASSWORD.test(password)
    ? ok(password)
    : fail(`${path} does not contain a password on one line`);
}

/** Returns the first bytes of a file that no other user can read or write. */
async function readClosed(path: string): Promise<Result<Buffer, string>> {
  try {
    const other = findOtherWriter(path);
    if (other !== undefined)
      return fail(`${other.who} may write to ${other.path}: ${other.fix} ${other.path}`);
    // Do not block: opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return fail(`${path} is not a regular file`);
    const { mode, uid } = stats;
    const own = process.geteuid?.() ?? 0;
    if (uid !== 0 && uid !== own)
      return fail(`${path} belongs to user ${userName(uid) ?? uid}: chown root ${path}`);
    // systemd shows a credential to its service and root only, whatever its mode says (systemd.exec(5)).
    if ((mode & OTHERS_READ) !== 0 && !isCredential(path))
      return fail(`other users may read ${path}: chmod 600 ${path}`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    return ok(buffer.subarray(0, bytesRead));
  } catch (error) {
    return fail(`${path} cannot be read: ${systemReason(error) ?? reasonOf(error)}`);
  }
}

/** Reports whether systemd made the file, for this service or for one whose configuration this process checks. */
function isCredential(path: string): boolean {
  const directory = process.env["CREDENTIALS_DIRECTORY"] ?? CREDENTIALS;
  return [directory, CREDENTIALS].some((folder) => path.startsWith(`${folder}/`));
}
