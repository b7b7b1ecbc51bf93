/** Defines the content of a report independently of its form. Texts are escaped for terminals, and not for HTML. */
import type { Bar } from "../bar-chart.ts";

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  /** Labels and what they say. */
  | { readonly kind: "facts"; readonly facts: readonly (readonly [string, string])[] }
  | {
      readonly kind: "table";
      readonly headings: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  /** Numbers to compare. `headings`: of name, value and note. */
  | {
      readonly kind: "bars";
      readonly headings: readonly [string, string, string];
      readonly bars: readonly Bar[];
    }
  /** Numbers over time. */
  | { readonly kind: "steps"; readonly what: string; readonly steps: readonly Step[] };

export interface Step {
  /** Its beginning, for display. */
  readonly name: string;
  /** null: unknown. */
  readonly value: number | null;
  /** Share of the step of which something is known, from 0 to 1. */
  readonly observed: number;
}
