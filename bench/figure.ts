/** Defines a row of the table: the measured value, its target, and whether the target is reached. */

export type Unit = "s" | "ms" | "KB" | "MB" | "%" | "tries" | "hours" | "campaigns" | "sources";

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly ours: number;
  /** A peer measured in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  readonly target: Target;
  /** Further measured values and conditions, for the JSON file. */
  readonly details?: Readonly<Record<string, number | string>>;
}

/**
 * limit: bailiff's value must be at most `most`. faster: the peer's value divided by bailiff's must be at least
 * `times`. within: bailiff's value divided by the peer's must be at most `times`.
 */
export type Target =
  | { readonly kind: "limit"; readonly most: number }
  | { readonly kind: "faster"; readonly times: number }
  | { readonly kind: "within"; readonly times: number };

export interface Judged extends Figure {
  /** The ratio that the target limits; undefined: the target is a limit. */
  readonly ratio: number | undefined;
  readonly reached: boolean;
}

export function judge(figure: Figure): Judged {
  const { ours, peer, target } = figure;
  switch (target.kind) {
    case "limit":
      return { ...figure, ratio: undefined, reached: ours <= target.most };
    case "faster": {
      const ratio = (peer?.value ?? Number.NaN) / ours;
      return { ...figure, ratio, reached: ratio >= target.times };
    }
    case "within": {
      const ratio = ours / (peer?.value ?? Number.NaN);
      return { ...figure, ratio, reached: ratio <= target.times };
    }
  }
}
