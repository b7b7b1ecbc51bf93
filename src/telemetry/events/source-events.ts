/** Defines events about sources of log lines, and about lines that cannot be used. */
import type { Duration } from "../../domain/duration.ts";
import type { EventKinds } from "../event-kind.ts";

export type SourceEvent =
  | { readonly event: "source-started"; readonly source: string; readonly from: string }
  | { readonly event: "source-waiting"; readonly source: string; readonly reason: string }
  | {
      readonly event: "source-failed";
      readonly source: string;
      readonly reason: string;
      readonly retry_in: Duration | undefined;
    }
  | { readonly event: "source-rotated"; readonly source: string; readonly how: string }
  | { readonly event: "lines-missed"; readonly source: string; readonly reason: string }
  | {
      readonly event: "source-moved";
      readonly jail: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly event: "container-changed";
      readonly jail: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly event: "label-ignored";
      readonly container: string;
      readonly service: string;
      readonly reason: string;
    }
  | { readonly event: "source-ended"; readonly source: string }
  | {
      readonly event: "lines-passed-over";
      readonly source: string;
      /** The log that contains the lines. */
      readonly place: string;
      /** Number of lines that were read before, according to their timestamps. */
      readonly read: number;
      /** Number of lines without a timestamp. */
      readonly unstamped: number;
    }
  | { readonly event: "line-cut"; readonly source: string; readonly bytes: number }
  | { readonly event: "columns-unknown"; readonly source: string; readonly reason: string }
  | { readonly event: "lines-untimed"; readonly source: string; readonly lines: number }
  | { readonly event: "line-over-limit"; readonly source: string; readonly lines: number }
  | {
      readonly event: "line-failed";
      readonly source: string;
      readonly lines: number;
      /** Reason for the first such line. */
      readonly reason: string;
    }
  | { readonly event: "clock-skewed"; readonly source: string; readonly skew: Duration };

export const SOURCE_EVENTS: EventKinds<SourceEvent> = {
  "source-started": { level: "info", message: "reading" },
  "source-waiting": { level: "warn", message: "source does not exist yet" },
  "source-failed": { level: "error", message: "source failed" },
  "source-rotated": { level: "debug", message: "log rotated, following" },
  "lines-missed": { level: "warn", message: "lines may be missing from what was read" },
  "source-moved": { level: "warn", message: "lines moved to another source, reading it" },
  "container-changed": { level: "info", message: "another container, reading its log" },
  "label-ignored": {
    level: "warn",
    message: "the label of a container names no service that bailiff protects",
  },
  "source-ended": { level: "info", message: "source ended" },
  "lines-passed-over": {
    level: "warn",
    message: "log rewritten or copied: lines read before are not counted again",
  },
  "line-cut": { level: "warn", message: "line too long, cut" },
  "columns-unknown": {
    level: "warn",
    message: "no row of a log that names its columns can be read",
  },
  "lines-untimed": {
    level: "warn",
    message: "failures written before this start are not counted: no readable time",
  },
  "line-over-limit": { level: "warn", message: "rules took too long on a line and were abandoned" },
  "line-failed": {
    level: "error",
    message: "a line could not be processed and was skipped, please report this bug",
  },
  "clock-skewed": { level: "warn", message: "log time is off by a constant, corrected" },
};
