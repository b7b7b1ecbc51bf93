/**
 * Computes one number for a process on a host, so that sessions are found without building or hashing a string per
 * line. The host part is a hash of its name. So keys are equal across runs, routers and sources, and an unfinished
 * session is found again after a restart. Two sessions are confused only if two hosts have the same hash and the same
 * process id.
 */
export interface SessionKeys {
  /** Returns the number of the host `text.slice(start, end)`, for `sessionKey`. */
  baseOf(text: string, start: number, end: number): number;
}

const MAX_HOSTS = 10_000;
/** Above any process id of Linux. A host's hash times this limit is still an exact integer. */
const PID_LIMIT = 2 ** 24;
const HASH_BITS = 29;
/** Above any number that is a process id in a log. */
const NUMBER_LIMIT = 2 ** 32;

/** Returns the key of a process; 0 if the line contains no process id. */
export function sessionKey(base: number, pid: number): number {
  if (pid < PID_LIMIT) return pid === 0 ? 0 : base + pid;
  return pid >= NUMBER_LIMIT ? 0 : largeKey(base, pid);
}

/** Returns the process id of a key, whatever its host; 0 if the line contained none. */
export function processOf(key: number): number {
  return key % PID_LIMIT;
}

/** Returns a key for a number that is no process id. Its upper bits change the host part. */
function largeKey(base: number, pid: number): number {
  const spread = Math.imul(Math.floor(pid / PID_LIMIT), 0x9e3779b1) >>> (32 - HASH_BITS);
  return (((base / PID_LIMIT) ^ spread) >>> 0) * PID_LIMIT + (pid % PID_LIMIT || PID_LIMIT - 1);
}

/** Returns the base to use if the line also identifies a connection. */
export function connectionBase(base: number, connection: string): number {
  return ((base / PID_LIMIT) ^ hashOf(connection)) * PID_LIMIT;
}

export function createSessionKeys(): SessionKeys {
  let bases = new Map<string, number>();
  // Cache one host, because it is nearly always that of the previous line.
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

/**
 * Hashes a name by FNV-1a with a final mixing step, so that names that differ in one digit get very different hashes.
 */
function hashOf(host: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < host.length; i++)
    hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 13)) >>> (32 - HASH_BITS);
}
