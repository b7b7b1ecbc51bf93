/** Makes a filter read only lines with the prefix of one container. */
import { CUT_MARK } from "../../domain/line-batch.ts";
import type { RecordStart, WrappedLine } from "../../domain/record-start.ts";
import { ContainerPrefixes } from "../route/container-prefix.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import type { Filter } from "./compile-filter.ts";

export function withPrefix(filter: Filter, prefix: string | undefined): Filter {
  if (prefix === undefined) return filter;
  const { createRecognizer, begins, ...lines } = filter;
  return {
    ...lines,
    prefix,
    variant: `${filter.variant} ${prefix}|`,
    ...(begins === undefined ? {} : { begins: startBehindPrefix(begins, prefix) }),
    ...(createRecognizer === undefined
      ? {}
      : { createRecognizer: (local) => behindPrefix(createRecognizer(local), prefix) }),
  };
}

/** Stands for lines of other containers, each of which is a record. */
const OTHERS: Pick<WrappedLine, "stream" | "text" | "at" | "extent" | "begins"> = {
  ...{ stream: "others", text: "", at: Number.NaN },
  ...{ extent: "whole", begins: true },
};

/** Finds records behind the prefix. Each of several containers of a service has its own. */
function startBehindPrefix(start: RecordStart, prefix: string): RecordStart {
  const prefixes = new ContainerPrefixes([{ prefix }]);
  const unwrap = (line: string): WrappedLine => {
    const read = prefixes.read(line);
    if (read === undefined) return { ...OTHERS, rewrap: () => line };
    const { text, head = "" } = read;
    const [container = ""] = head.split(" ", 1);
    return {
      ...{ stream: container, text, at: Number.NaN, extent: "whole" },
      begins: start.begins(text),
      rewrap: (joined, how) => `${head}${joined}${how === "cut" ? CUT_MARK : ""}`,
    };
  };
  const id = `${start.id} ${prefix}|`;
  return { ...start, id, begins: (line) => unwrap(line).begins, unwrap };
}

/** Wraps a recognizer, which gets lines as they are written. */
function behindPrefix(recognizer: LineRecognizer, prefix: string): LineRecognizer {
  const prefixes = new ContainerPrefixes([{ prefix }]);
  return {
    recognize(line) {
      const read = prefixes.read(line.text);
      return read === undefined ? [] : recognizer.recognize({ ...line, text: read.text });
    },
    get overLimit() {
      return recognizer.overLimit;
    },
  };
}
