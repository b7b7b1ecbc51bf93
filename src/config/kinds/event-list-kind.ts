/** Reads names of events. */
import { expectChoice, didYouMean } from "../../domain/did-you-mean.ts";
import { fail, ok } from "../../domain/result.ts";
import { EVENTS } from "../../telemetry/events.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";

/** Stands for the events that need attention. */
export const USUAL_EVENTS = "usual";

const CHOICES: readonly string[] = [USUAL_EVENTS, ...Object.keys(EVENTS)];

export const eventListKind: Kind<readonly string[]> = {
  describe: () => `a list of names of events such as ["${USUAL_EVENTS}", "ban"]`,
  read(value, limits) {
    return readList(value, { expected: this.describe(limits), least: 1, readOne });
  },
};

function readOne(value: unknown): Reading<string> {
  if (typeof value === "string" && CHOICES.includes(value)) return ok(value);
  const near = typeof value === "string" ? didYouMean(value, CHOICES) : undefined;
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  const expected = expectChoice("the name of an event", { choices: CHOICES, hint });
  return fail(mistake(describeValue(value), expected, hint));
}
