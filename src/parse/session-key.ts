/**
 * One number for "this process on this host", so that sessions are found without building or hashing a text per line.
 * Hosts are numbered as they are seen; a log naming more than MAX_HOSTS of them is numbered afresh, which only
 * separates later lines from the sessions they belong to. Keys of other routers mean nothing here.
 */
export interface SessionKeys {
  /** The number of the host `text.slice(start, end)`, for `sessionKey`. */
  baseOf(text: string, start: number, end: number): number;
}

const MAX_HOSTS = 10_000;
/** Above any process id Linux gives out; host number times this stays an exact integer. */
const PID_LIMIT = 2 ** 32;
const HOST_LIMIT = 2 ** 20;

/** 0 when the line names no process. */
export function sessionKey(base: number, pid: number): number {
  return pid === 0 || pid >= PID_LIMIT ? 0 : base + pid;
}

export function createSessionKeys(): SessionKeys {
  let bases = new Map<string, number>();
  let count = 0;
  // Nearly always the host of the line before.
  let lastHost: string | undefined;
  let lastBase = 0;

  function lookUp(host: string): number {
    const known = bases.get(host);
    if (known !== undefined) return known;
    if (bases.size >= MAX_HOSTS) bases = new Map();
    const base = (count++ % HOST_LIMIT) * PID_LIMIT;
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
