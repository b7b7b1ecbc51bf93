/** Finds lines that are still incomplete where reading of a container's log begins, and their pieces. */
import { CUT_MARK, type LineBatch, type LinesBefore } from "../../domain/line-batch.ts";
import type { Instant } from "../../domain/instant.ts";
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import type { StreamMemory } from "./stream-memory.ts";
import { createStampContext, setMoment } from "../header/stamp.ts";
import {
  createPieceJoiner,
  type PieceJoiner,
  unwrapCri,
  unwrapCutDocker,
  unwrapDocker,
} from "../structured/unwrap-container.ts";

/** `previous`: the joiner of the file that was read before in the same log; undefined: none was. */
/** Returns the joiner of a file's pieces. The first lines of a log that is followed come from the middle of it. */
export function joinerAt(
  memory: StreamMemory,
  { content, before }: Pick<LineBatch, "content" | "before">,
  isFollowed: boolean,
  now: Instant,
): PieceJoiner {
  return memory.joinerOf(content, (previous) =>
    isFollowed || previous !== undefined
      ? resumePieces(before?.(), now, previous)
      : createPieceJoiner("start"),
  );
}

function resumePieces(
  before: LinesBefore | undefined,
  now: Instant,
  previous: PieceJoiner | undefined,
): PieceJoiner {
  if (previous !== undefined && (before === undefined || before.text === ""))
    return previous.succeed();
  const { text, isAll } = before ?? { text: "", isAll: false };
  const joiner = createPieceJoiner(isAll ? "start" : "middle");
  const context = createStampContext();
  setMoment(context, now);
  const header = createHeader(context);
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const isCut = text.charAt(end - 1) === CUT_MARK;
    const docker = unwrapDocker(text, start, end);
    readHeader(text, start, end, header);
    const piece = docker ?? (header.isContainer ? unwrapCri(text, end, header) : undefined);
    const cutDocker = isCut ? unwrapCutDocker(text, start, end - 1) : undefined;
    if (piece !== undefined) joiner.join(piece, isCut ? "cut" : "whole");
    else if (cutDocker !== undefined) joiner.joinCut(cutDocker);
    start = end + 1;
  }
  return joiner;
}
