/** Executes one compiled rule on one message. */
import { type Ip, parseIp } from "../../domain/ip.ts";
import { type Captures, firstCapture, isHoneypotOf, isRealAddress } from "../filter/captures.ts";
import type { CompiledRule } from "../filter/compiled-rule.ts";

const NOTHING: Captures = [];

/**
 * Returns null if the rule does not match the message in [start, end). Searches the text in place, unless the rule must
 * get only its line.
 */
export function execute(
  rule: CompiledRule,
  text: string,
  start: number,
  end: number,
): Captures | null {
  const captures = run(rule, text, start, end);
  const isReal =
    captures === null || rule.strict === undefined || isRealAddress(captures, rule.ipGroups);
  const found = isReal ? captures : runStrictly(rule, text, start);
  return found !== null && isHoneypotOf(rule, found) ? found : null;
}

/** Numbers the messages of an index. */
export interface MessageNumber {
  message: number;
}

/** Runs an expression that several rules have, once for each message. */
export class SharedRun {
  readonly #number: MessageNumber;
  #message = -1;
  #captures: Captures | null = null;

  constructor(number: MessageNumber) {
    this.#number = number;
  }

  run(rule: CompiledRule, text: string, start: number, end: number): Captures | null {
    if (this.#message !== this.#number.message) {
      this.#message = this.#number.message;
      this.#captures = run(rule, text, start, end);
    }
    return this.#captures;
  }
}

/** A rule of a filter. */
export interface Executable {
  readonly entry: number;
  readonly rule: CompiledRule;
  /** undefined: no other rule has its expression. */
  readonly shared: SharedRun | undefined;
}

/** Receives the first matching rule of a filter. `address`: the address in `{ip}`, if it was already parsed. */
export type Found = (entry: number, rule: CompiledRule, captures: Captures, address?: Ip) => void;

/**
 * Executes the rule and reports a match; returns whether it matches. Parses the address once, because each line of an
 * attack has one.
 */
export function executeAndReport(
  { entry, rule, shared }: Executable,
  text: string,
  start: number,
  end: number,
  found: Found,
): boolean {
  const captures =
    shared === undefined ? run(rule, text, start, end) : shared.run(rule, text, start, end);
  if (captures === null) return false;
  const written = rule.strict === undefined ? undefined : firstCapture(captures, rule.ipGroups);
  const address = written === undefined ? undefined : parseIp(written);
  const isReal = written === undefined || address !== undefined;
  const own = isReal ? captures : runStrictly(rule, text, start);
  if (own === null || !isHoneypotOf(rule, own)) return false;
  found(entry, rule, own, address);
  return true;
}

function run(rule: CompiledRule, text: string, start: number, end: number): Captures | null {
  const expression = rule.expression();
  const own = rule.isolated ? text.slice(start, end + 1) : text;
  expression.lastIndex = rule.isolated ? 0 : start;
  if (rule.captures) return expression.exec(own);
  return expression.test(own) ? NOTHING : null;
}

/** Matches again where the apparent address was invalid, because another position may have a valid one. */
function runStrictly({ strict }: CompiledRule, text: string, start: number): Captures | null {
  const expression = strict?.expression();
  if (expression === undefined) return null;
  expression.lastIndex = start;
  return expression.exec(text);
}
