/**
 * Reads what `docker compose logs` and `kubectl logs --prefix` write before each line of a container: `web-1  | text`,
 * `[pod/web-7d4/web] text`. Which container's lines are wanted is stated, because other lines may begin like that.
 */
import { isDigitCode, skipBlanks } from "../characters.ts";
import { isColored, stripColors } from "../structured/strip-colors.ts";

const BAR = 124;
const CLOSE = 93;
/** Names of pods and containers have at most 253 and 63 characters. */
const MAX_PREFIX = 340;

/** Returns where the text of the container's line begins; -1: the line has no such prefix, or that of another one. */
export function prefixEnd(text: string, start: number, end: number, name: string): number {
  return text.startsWith("[pod/", start)
    ? kubectlEnd(text, start, end, name)
    : composeEnd(text, start, end, name);
}

/** Compose appends the number of the container to the name of its service, with "-" or "_". */
function composeEnd(text: string, start: number, end: number, name: string): number {
  if (!text.startsWith(name, start)) return -1;
  let at = start + name.length;
  const mark = text.charCodeAt(at);
  if ((mark === 45 || mark === 95) && isDigitCode(text.charCodeAt(at + 1))) {
    at++;
    while (at < end && isDigitCode(text.charCodeAt(at))) at++;
  }
  const bar = skipBlanks(text, at, end);
  return bar > at && text.charCodeAt(bar) === BAR ? behindBlank(text, bar + 1, end) : -1;
}

function kubectlEnd(text: string, start: number, end: number, name: string): number {
  let at = start;
  while (at < end && at - start < MAX_PREFIX && text.charCodeAt(at) !== CLOSE) at++;
  if (text.charCodeAt(at) !== CLOSE || !text.slice(start, at).endsWith(`/${name}`)) return -1;
  // "[pod/POD/CONTAINER"
  return text.slice(start, at).split("/").length === 3 ? behindBlank(text, at + 1, end) : -1;
}

function behindBlank(text: string, at: number, end: number): number {
  return at < end && text.charCodeAt(at) === 32 ? at + 1 : Math.min(at, end);
}

/** Matches any prefix, with the names that `prefixEnd` compares. */
const PREFIX = /^(?:\[pod\/[^\]/]+\/([^\]/]+)\] |([\w.-]+?)(?:[-_]\d+)? +\| )/;

/** Returns the name of the container in a line's prefix, and the text behind it; undefined: it looks like none. */
export function splitContainerPrefix(
  written: string,
): { readonly name: string; readonly text: string } | undefined {
  const line = isColored(written, 0) ? stripColors(written) : written;
  const [prefix, pod, service] = PREFIX.exec(line) ?? [];
  const name = pod ?? service;
  if (prefix === undefined || name === undefined) return undefined;
  const text = line.slice(prefix.length);
  return { name, text: isColored(text, 0) ? stripColors(text) : text };
}

export interface PrefixedText {
  readonly text: string;
  /** Name of the container, as a filter states it; undefined: a line of another one. */
  readonly prefix: string | undefined;
  /** What was before the text, without colors. */
  readonly head?: string;
}

/** The containers whose lines the filters of a log want. */
export class ContainerPrefixes {
  readonly #names: readonly string[];
  /** Whether other filters get the lines without such a prefix. */
  readonly #hasOthers: boolean;

  constructor(filters: readonly { readonly prefix?: string }[]) {
    const prefixes = filters.map(({ prefix }) => prefix);
    this.#names = [...new Set(prefixes.filter((name) => name !== undefined))];
    this.#hasOthers = prefixes.includes(undefined);
  }

  /** Whether no filter states one. */
  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  /** Returns the text of a line, and whose it is; undefined: no filter wants it. */
  read(written: string): PrefixedText | undefined {
    const line = isColored(written, 0) ? stripColors(written) : written;
    for (const prefix of this.#names) {
      const at = prefixEnd(line, 0, line.length, prefix);
      if (at < 0) continue;
      const text = isColored(line, at) ? stripColors(line.slice(at)) : line.slice(at);
      return { text, prefix, head: line.slice(0, at) };
    }
    return this.#hasOthers ? { text: line, prefix: undefined } : undefined;
  }
}
