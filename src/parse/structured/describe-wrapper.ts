/** Takes off what a container runtime or its tools wrote around a line, as the router does. */
import { createHeader } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { type ContainerPiece, dockerOpening, unwrapCri, unwrapDocker } from "./unwrap-container.ts";

export interface DescribedWrapper {
  /** The program's text. */
  readonly text: string;
  /** Sentences about what was around it. */
  readonly notes: readonly string[];
}

export function describeWrapper(line: string): DescribedWrapper {
  const docker = unwrapDocker(line, 0, line.length);
  if (docker !== undefined) return describePiece(docker, "Docker");
  if (dockerOpening(line, 0) > 0)
    return {
      text: line,
      notes: [
        'The line begins as Docker\'s JSON does, but it is no object with the texts "log" and "time".',
      ],
    };
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  return header.isContainer
    ? describePiece(unwrapCri(line, line.length, header), "The container runtime")
    : { text: line, notes: [] };
}

function describePiece(
  { text, partial, isUnfinished = false }: ContainerPiece,
  writer: string,
): DescribedWrapper {
  const said = `${writer} wrote the line; rules see ${JSON.stringify(text)}.`;
  const missing = partial
    ? ["It is a piece of a longer line, which rules see only with the pieces after it."]
    : isUnfinished
      ? ["The program ended before it completed the line, so it counts as cut."]
      : [];
  return { text, notes: [said, ...missing] };
}
