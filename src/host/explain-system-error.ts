/** Explains an error of the operating system: what was attempted, and why it failed. */
import { getSystemErrorMessage } from "node:util";

export interface SystemError {
  /** What failed and why: "cannot open /x: permission denied". */
  readonly message: string;
  readonly isPermission: boolean;
}

/** Returns undefined if it is not an error of the operating system. */
export function explainSystemError(error: unknown): SystemError | undefined {
  const reason = systemReason(error);
  if (reason === undefined || !(error instanceof Error)) return undefined;
  const code = "code" in error ? error.code : undefined;
  const call = "syscall" in error ? error.syscall : undefined;
  const path = "path" in error && typeof error.path === "string" ? [error.path] : [];
  const dest = "dest" in error && typeof error.dest === "string" ? [error.dest] : [];
  const what = [describeCall(call), [...path, ...dest].join(" to ")].filter((part) => part !== "");
  return {
    message: `cannot ${what.join(" ")}: ${reason}`,
    isPermission: code === "EACCES" || code === "EPERM",
  };
}

/** Returns the reason alone, for a message that says what was attempted: "permission denied (/root/x.toml)". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = systemReason(error);
  if (reason === undefined) return error.message;
  return "path" in error && typeof error.path === "string" ? `${reason} (${error.path})` : reason;
}

/** Returns "permission denied" and the like; undefined: not an error of the operating system. */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errno" in error) || typeof error.errno !== "number")
    return undefined;
  if ("syscall" in error && error.syscall === "getaddrinfo") return reasonOfLookUp(error);
  // zlib uses numbers that mean other errors of the system. Those of Node's own checks are positive.
  return reasonOfCompression(error) ?? getSystemErrorMessage(-Math.abs(error.errno)) ?? undefined;
}

/** Node's own words for these are "unknown node or service" and "temporary failure". */
function reasonOfLookUp(error: Error): string {
  const name = "hostname" in error ? String(error.hostname) : "the host name";
  const isUnknown = "code" in error && error.code === "ENOTFOUND";
  return isUnknown ? `host name ${name} not found` : `cannot resolve ${name} at the moment`;
}

function reasonOfCompression(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string" && code.startsWith("ZSTD_error")) return DAMAGED;
  return COMPRESSION.get(code);
}

const DAMAGED = "its compressed data is damaged";

const COMPRESSION: ReadonlyMap<unknown, string> = new Map([
  ["Z_DATA_ERROR", DAMAGED],
  ["Z_BUF_ERROR", "its compressed data ends early"],
  ["Z_NEED_DICT", "it is compressed with a dictionary"],
  ["Z_MEM_ERROR", "not enough memory"],
]);

/** Verbs for system calls in messages. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ["open", "open"],
  ["scandir", "list"],
  ["opendir", "list"],
  ["mkdir", "create"],
  ["mkdtemp", "create"],
  ["stat", "look at"],
  ["lstat", "look at"],
  ["unlink", "remove"],
  ["rmdir", "remove"],
  ["rm", "remove"],
  ["rename", "rename"],
  ["copyfile", "copy"],
  ["read", "read"],
  ["write", "write"],
  ["connect", "connect to"],
  ["listen", "listen on"],
  ["bind", "listen on"],
]);

function describeCall(call: unknown): string {
  if (typeof call !== "string") return "use";
  if (call.startsWith("spawn")) return `start ${call.slice("spawn".length).trim()}`.trim();
  return VERBS.get(call) ?? "use";
}
