/** Reads a service's credential from a file of root or from systemd. Its messages never contain the credential. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fail, ok, type Result } from "../../domain/result.ts";
import { reasonOf } from "../../host/explain-system-error.ts";

export interface SecretSource {
  readonly token_file?: string | undefined;
  /** A name for LoadCredential= or LoadCredentialEncrypted= of systemd (systemd.exec(5)). */
  readonly credential?: string | undefined;
}

const MAX_BYTES = 16 * 1024;
/** Permissions of other users. */
const OTHERS = 0o077;

/** Returns the credential without surrounding white space. */
export function readSecret({ token_file, credential }: SecretSource): Result<string, string> {
  if (token_file !== undefined) return readSecretFile(token_file, "private");
  if (credential === undefined) return fail("neither token_file nor credential is set");
  const folder = process.env["CREDENTIALS_DIRECTORY"];
  if (folder === undefined)
    return fail("no systemd credentials: start bailiff as a service with LoadCredential=");
  if (!/^[\w.-]+$/.test(credential) || /^\.+$/.test(credential))
    return fail(`"${credential}" is not a valid name of a credential`);
  // systemd makes the folder private, and its files readable for the service alone.
  return readSecretFile(join(folder, credential), "systemd");
}

function readSecretFile(path: string, kind: "private" | "systemd"): Result<string, string> {
  if (!isAbsolute(path)) return fail(`${path} is not an absolute path`);
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return fail(`cannot read the credential: ${reasonOf(error)}`);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return fail(`${path} is not a regular file`);
    if (stats.size > MAX_BYTES) return fail(`${path} is too large for a credential`);
    if (kind === "private") {
      const isTrusted = stats.uid === 0 || stats.uid === process.geteuid?.();
      if (!isTrusted) return fail(`${path} belongs to another user: chown root ${path}`);
      if ((stats.mode & OTHERS) !== 0)
        return fail(`${path} is open to other users: chmod 600 ${path}`);
    }
    const secret = readFileSync(file, "utf8").trim();
    if (secret === "") return fail(`${path} is empty`);
    if (/\p{Cc}/u.test(secret)) return fail(`${path} contains more than one line`);
    return ok(secret);
  } catch (error) {
    return fail(`cannot read the credential: ${reasonOf(error)}`);
  } finally {
    closeSync(file);
  }
}
