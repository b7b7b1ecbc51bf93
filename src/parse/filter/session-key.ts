/**
 * Computes one number for a process on a host, so that sessions are found without building or hashing a string per
 * line. The host part is a hash of its name: keys are equal across runs, routers and sources, so an unfinished session
 * is found again after a restart. A mix-up requires two hosts with the same hash and the same process id.
 */
export interface SessionKeys {
  /** The number of the host `text.slice(start, end)`, for `sessionKey`. */
  baseOf(text: string, start: number, end: number): number;
}

const MAX_HOSTS = 10_000;
/** Above any process id of Linux; a host's hash times this is still an exact integer. */
const PID_LIMIT = 2 ** 24;
const HASH_BITS = 29;
/** Above any number that is a process id. */
const NUMBER_LIMIT = 2 ** 32;

/** 0 if the line contains no process id. */
export function sessionKey(base: number, pid: number): number {
  if (pid < PID_LIMIT) return pid === 0 ? 0 : base + pid;
  return pid >= NUMBER_LIMIT ? 0 : largeKey(base, pid);
}

/** For text in place of a process id: its upper bits make it that of another host. */
function largeKey(base: number, pid: number): number {
  const spread = Math.imul(Math.floor(pid / PID_LIMIT), 0x9e3779b1) >>> (32 - HASH_BITS);
  return (((base / PID_LIMIT) ^ spread) >>> 0) * PID_LIMIT + (pid % PID_LIMIT || PID_LIMIT - 1);
}

/** Replaces the base if the line also identifies a connection. */
export function connectionBase(base: number, connection: string): number {
  return ((base / PID_LIMIT) ^ hashOf(connection)) * PID_LIMIT;
}

export function createSessionKeys(): SessionKeys {
  let bases = new Map<string, number>();
  // Nearly always the host of the previous line.
  let lastHost: string | undefined;
  let lastBase = 0;

  function lookUp(host: string): number {
    const known = bases.get(host);
    if (known !== undefined) return known;
    if (bases.size >= MAX_HOSTS) bases = new Map();
    const base = hashOf(host) * PID_LIMIT;
    bases.set(host, base);
    return base;
  }

  return {
    baseOf(text, start, end) {
      if (lastHost?.length !== end - start || !text.startsWith(lastHost, start)) {
        lastHost = text.slice(start, end);
        lastBase = lookUp(lastHost);
      }
      return lastBase;
    },
  };
}

/** FNV-1a with a final mixing step, so that names that differ in one digit get very different hashes. */
function hashOf(host: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < host.length; i++)
    hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 13)) >>> (32 - HASH_BITS);
}
