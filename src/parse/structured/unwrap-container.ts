/**
 * Unwraps the formats of container runtimes: Docker writes a JSON object per line (json-file), Kubernetes and Podman
 * `TIME STREAM FLAG text` (CRI). Extracts the program's output from either; a long line comes in several pieces.
 */
import { CUT_MARK, maxLineBytes } from "../../domain/line-batch.ts";
import { withoutLineEnd } from "../../domain/line-end.ts";
import type { Header } from "../header/header.ts";
import { isRecord, parseJson } from "../../domain/json.ts";

export interface ContainerPiece {
  readonly stream: string;
  /** The text without its newline. */
  readonly text: string;
  /** Whether the line continues in the next piece of the stream. */
  readonly partial: boolean;
  /** Whether the program ended before it completed the line. */
  readonly isUnfinished?: boolean;
}

/** When the runtime received the piece, as written. */
export interface DockerPiece extends ContainerPiece {
  readonly time: string;
}

/** Matches the beginning of the object. Programs that forward the log write it with spaces. */
const DOCKER_OPENING = /\{ ?"log": ?"/y;

/** Returns the length of the opening of Docker's object at `start`; 0: another text begins there. */
export function dockerOpening(text: string, start: number): number {
  DOCKER_OPENING.lastIndex = start;
  return DOCKER_OPENING.test(text) ? DOCKER_OPENING.lastIndex - start : 0;
}

/** Parses `{"log":"text\n","stream":"stderr","time":"…"}`; returns undefined for any other line. */
export function unwrapDocker(text: string, start: number, end: number): DockerPiece | undefined {
  if (dockerOpening(text, start) === 0) return undefined;
  const entry = parseJson(text.slice(start, end));
  if (!isRecord(entry)) return undefined;
  const { log, stream, time } = entry;
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  const isWhole = log.endsWith("\n");
  const partial = !isWhole && fillsBuffer(log);
  const said = flatten(log);
  const name = typeof stream === "string" ? stream : "";
  return { stream: name, text: said, partial, isUnfinished: !isWhole && !partial, time };
}

/**
 * Docker splits a line where it fills a buffer of this size, and marks a shorter last piece as partial if the stream
 * ends without a newline (moby/daemon/logger/copier.go).
 */
const DOCKER_BUFFER_BYTES = 16_384;

/**
 * Returns whether the text fills the buffer. Bytes that are not UTF-8 are replaced by longer ones, so a full buffer
 * never looks smaller.
 */
export function fillsBuffer(text: string): boolean {
  return new TextEncoder().encode(text).length >= DOCKER_BUFFER_BYTES;
}

/**
 * Returns the program's text from the beginning of a JSON line whose rest is missing: `text[end]` is the mark of the
 * cut. Its stream and its time come last, so they are unknown.
 */
export function unwrapCutDocker(text: string, start: number, end: number): string | undefined {
  const opening = dockerOpening(text, start);
  if (opening === 0) return undefined;
  const said = text.slice(start + opening, end);
  const [whole = ""] = /^(?:[^"\\]|\\(?:[^u]|u[0-9a-fA-F]{4}))*/.exec(said) ?? [];
  const log = parseJson(`"${whole}"`);
  return typeof log === "string" ? flatten(log) : undefined;
}

/** Unwraps a line that `readHeader` identified as a container's: `F text`, `P text`, `F:tag text`. */
export function unwrapCri(text: string, end: number, header: Header): ContainerPiece {
  const { messageStart, hostStart, hostEnd } = header;
  const blank = text.indexOf(" ", messageStart);
  const from = blank < 0 || blank > end ? end : blank + 1;
  return {
    stream: text.slice(hostStart, hostEnd),
    text: flatten(text.slice(from, end)),
    // "P" means partial.
    partial: text.charCodeAt(messageStart) === 80,
  };
}

function flatten(text: string): string {
  return withoutLineEnd(text)
    .replace(/[\r\n]+/g, " ")
    .replaceAll(CUT_MARK, "\ufffd");
}

export interface JoinedLine {
  readonly text: string;
  /** Whether the rest of the line is missing or too long. */
  readonly isCut: boolean;
}

/** Keeps the pieces of incomplete lines, for the text of one file. Bounded: two streams, each of the maximum length of a line. */
export interface PieceJoiner {
  /**
   * Returns the line once its last piece came, or the part of it that exists. undefined: it is incomplete, the piece
   * comes after a cut, or the beginning of the line is not known.
   */
  join(piece: ContainerPiece, state: "whole" | "cut"): JoinedLine | undefined;
  /** Joins a piece that was cut before the name of its stream. The next line of either stream may be its rest. */
  joinCut(text: string): JoinedLine | undefined;
  /**
   * Returns the joiner for the file after this one. The first line of a stream that is incomplete here may be the rest
   * of it, or that of another container: it is dropped there.
   */
  succeed(): PieceJoiner;
}

/**
 * Creates a joiner. `from` "middle": earlier lines are not known. So the first line that ends on a stream may be the
 * rest of one, whose beginning a client may have chosen; its sender is unknown.
 */
export function createPieceJoiner(from: "start" | "middle"): PieceJoiner {
  return joinPieces(from === "middle" ? STREAMS : []);
}

/** `lost`: the streams whose first line is dropped. */
function joinPieces(lost: Iterable<string>): PieceJoiner {
  const open = new Map<string, string>();
  const lose = (streams: Iterable<string>): void => {
    for (const stream of streams) open.set(stream, LOST);
  };
  lose(lost);
  return {
    join({ stream, text, partial, isUnfinished = false }, state) {
      const key = stream === "stderr" ? stream : "stdout";
      const before = open.get(key);
      const joined = before === LOST ? "" : (before ?? "") + text;
      // In characters; a longer one is cut, as sources cut long lines.
      const most = maxLineBytes(joined);
      const isCut = state === "cut" || isUnfinished || joined.length > most;
      if (!partial) open.delete(key);
      else open.set(key, isCut || before === LOST ? LOST : joined);
      if (before === LOST || (partial && !isCut)) return undefined;
      return { text: joined.slice(0, most), isCut };
    },
    joinCut(text) {
      const isBeginning = open.size === 0;
      lose(STREAMS);
      return isBeginning ? { text, isCut: true } : undefined;
    },
    succeed: () => joinPieces(open.keys()),
  };
}

const STREAMS = ["stdout", "stderr"];
/** Marks a stream whose line was lost. No line contains a newline, so it equals no piece. */
const LOST = "\n";
