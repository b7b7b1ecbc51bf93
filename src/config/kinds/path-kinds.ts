/** Reads file names, which must be absolute so that they do not depend on the working directory. */
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { exampleOf, type Kind, mistake, type Reading } from "./kind.ts";
import { readList } from "../read-list.ts";

export const pathKind: Kind<string> = {
  describe: (limits) => `an absolute path such as "${exampleOf(limits, "/var/lib/bailiff")}"`,
  read(value, limits) {
    return readPath(value, this.describe(limits));
  },
};

/** Maximum length of a socket path: sockaddr_un holds 108 bytes, including the final NUL (unix(7)). */
const SOCKET_BYTES = 107;

export const socketPathKind: Kind<string> = {
  describe: () =>
    `an absolute path of at most ${SOCKET_BYTES} bytes such as "/run/bailiff/bailiff.sock"`,
  read(value, limits) {
    const path = readPath(value, this.describe(limits));
    if (!path.ok || Buffer.byteLength(path.value) <= SOCKET_BYTES) return path;
    const length = `a path of ${Buffer.byteLength(path.value)} bytes`;
    return fail(mistake(length, this.describe(limits), "the kernel takes no longer socket name"));
  },
};

export const pathsKind: Kind<readonly string[]> = {
  describe: () => 'a list of absolute paths such as ["/etc/bailiff/filters"]',
  read(value, limits) {
    const readOne = (entry: unknown): Reading<string> => readPath(entry, "an absolute path");
    return readList(value, { expected: this.describe(limits), least: 0, readOne });
  },
};

export function readPath(value: unknown, expected: string): Reading<string> {
  const got = describeValue(value);
  if (typeof value !== "string") return fail(mistake(got, expected));
  if (value.includes("\0")) return fail(mistake(got, expected, "a path contains no NUL"));
  if (value.startsWith("/")) return ok(value);
  const hint = value.startsWith("~") ? "write the home directory in full" : "it must begin with /";
  return fail(mistake(got, expected, hint));
}
