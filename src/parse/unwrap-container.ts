/**
 * Container runtimes wrap what a program writes: Docker in a JSON object a line (json-file), Kubernetes and Podman in
 * `TIME STREAM FLAG text` (CRI). Reads what the program said out of either; a long line comes in several pieces.
 */
import { withoutLineEnd } from "../domain/line-end.ts";
import type { Header } from "./header.ts";

export interface ContainerPiece {
  readonly stream: string;
  /** Without line end. */
  readonly text: string;
  /** More of the same line follows in the next piece of the stream. */
  readonly partial: boolean;
}

/** When the runtime took the piece, as it is written there. */
export interface DockerPiece extends ContainerPiece {
  readonly time: string;
}

const DOCKER_OPENING = '{"log":"';

/** `{"log":"text\n","stream":"stderr","time":"…"}`; undefined for any other line. */
export function unwrapDocker(text: string, start: number, end: number): DockerPiece | undefined {
  if (!text.startsWith(DOCKER_OPENING, start)) return undefined;
  let entry: { readonly log?: unknown; readonly stream?: unknown; readonly time?: unknown };
  try {
    entry = JSON.parse(text.slice(start, end));
  } catch {
    // Cut, or another program's JSON: an ordinary line.
    return undefined;
  }
  const { log, stream, time } = entry;
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  const partial = !log.endsWith("\n");
  const said = flatten(log);
  return { stream: typeof stream === "string" ? stream : "", text: said, partial, time };
}

/** For a line of which `readHeader` says that it is a container's: `F text`, `P text`, `F:tag text`. */
export function unwrapCri(text: string, end: number, header: Header): ContainerPiece {
  const { messageStart, hostStart, hostEnd } = header;
  const blank = text.indexOf(" ", messageStart);
  const from = blank < 0 || blank > end ? end : blank + 1;
  return {
    stream: text.slice(hostStart, hostEnd),
    text: flatten(text.slice(from, end)),
    // "P"
    partial: text.charCodeAt(messageStart) === 80,
  };
}

function flatten(text: string): string {
  return withoutLineEnd(text).replace(/[\r\n]+/g, " ");
}

/** A line longer than sources hand out is not put together: its end would be made up. */
const MAX_JOINED = 16_384;

/** The pieces of lines that are not complete, for one file. Bounded: two streams of at most MAX_JOINED characters. */
export interface PieceJoiner {
  /** The whole line once its last piece came; undefined until then, and for a line that is too long or lacks a part. */
  join(piece: ContainerPiece, state: "whole" | "cut"): string | undefined;
}

/**
 * `from` "middle": what came before is not known, so the first line that ends on a stream may be the rest of one, which
 * begins wherever the writer's client wanted it to; it is nobody's line.
 */
export function createPieceJoiner(from: "start" | "middle"): PieceJoiner {
  const open = new Map<string, string>();
  if (from === "middle") for (const stream of ["stdout", "stderr"]) open.set(stream, TOO_LONG);
  return {
    join({ stream, text, partial }, state) {
      const key = stream === "stderr" ? stream : "stdout";
      const before = open.get(key);
      if (before === undefined && !partial && state === "whole") return text;
      const lost = before === TOO_LONG || state === "cut";
      const joined = lost ? TOO_LONG : (before ?? "") + text;
      const bounded = joined.length > MAX_JOINED ? TOO_LONG : joined;
      if (partial) open.set(key, bounded);
      else open.delete(key);
      return partial || bounded === TOO_LONG ? undefined : bounded;
    },
  };
}

/** In place of the pieces so far; no line holds a line end. */
const TOO_LONG = "\n";
