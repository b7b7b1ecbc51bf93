/** Makes a filter read only lines with the prefix of one container. */
import { ContainerPrefixes } from "../route/container-prefix.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import type { Filter } from "./compile-filter.ts";

export function withPrefix(filter: Filter, prefix: string | undefined): Filter {
  if (prefix === undefined) return filter;
  // The prefix precedes each line, so lines are not joined to records.
  const { createRecognizer, begins: _, ...lines } = filter;
  return {
    ...lines,
    prefix,
    variant: `${filter.variant} ${prefix}|`,
    ...(createRecognizer === undefined
      ? {}
      : { createRecognizer: (local) => behindPrefix(createRecognizer(local), prefix) }),
  };
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
