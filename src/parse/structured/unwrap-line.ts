/** Takes the program's text out of a line of a container runtime, and puts the text of a record into such a line. Pure. */
import { CUT_MARK } from "../../domain/line-batch.ts";
import type { WrappedLine } from "../../domain/record-start.ts";
import { forgetCachedHeader } from "../header/cached-header.ts";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { type ContainerPiece, dockerOpening, unwrapCri, unwrapDocker } from "./unwrap-container.ts";

/** Matches how CRI lines begin, so that few other lines cost a header. */
const CRI = /^\d\S+ std(?:out|err) /;

/** Returns whether a line looks like one of a container runtime. */
export function isRuntimeLine(line: string): boolean {
  return dockerOpening(line, 0) > 0 || CRI.test(line);
}

/** Returns undefined for a line of another writer. `begins`: whether a text begins a record. */
export function unwrapLine(
  line: string,
  begins: (text: string) => boolean,
): WrappedLine | undefined {
  const docker = unwrapDocker(line, 0, line.length);
  if (docker !== undefined) {
    const { stream, time } = docker;
    return {
      ...describe(docker, time, begins),
      // Without a newline Docker shows that the program never completed the line.
      rewrap: (log, how) => JSON.stringify({ log: how === "cut" ? log : `${log}\n`, stream, time }),
    };
  }
  if (!CRI.test(line)) return undefined;
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  forgetCachedHeader(header);
  if (!header.isContainer) return undefined;
  const time = line.slice(0, line.indexOf(" "));
  const head = line.slice(0, header.hostEnd);
  return {
    ...describe(unwrapCri(line, line.length, header), time, begins),
    rewrap: (text, how) => `${head} F ${text}${how === "cut" ? CUT_MARK : ""}`,
  };
}

function describe(
  { stream, text, partial, isUnfinished }: ContainerPiece,
  time: string,
  begins: (text: string) => boolean,
): Omit<WrappedLine, "rewrap"> {
  const extent = partial ? "piece" : isUnfinished === true ? "unfinished" : "whole";
  // As in joinPieces: there are no other streams.
  const name = stream === "stderr" ? stream : "stdout";
  return { stream: name, text, at: Date.parse(time), extent, begins: begins(text) };
}
