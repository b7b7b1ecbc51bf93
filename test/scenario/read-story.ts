/**
 * A story: configuration in TOML, a line "---", then steps in order, each with the time that has passed since the
 * beginning. Empty lines and lines that begin with # are skipped.
 *
 *   +0s    line Failed password for root from 192.0.2.7 port 22 ssh2     sshd says so now, in a new process
 *   +1s    line[4711] Invalid user admin from 192.0.2.7 port 22          … in process 4711
 *   +1s    line -5m Failed password …                                    … in the past: read late, or by a slow clock
 *   +2s    expect ban 192.0.2.7 for 1h                                   one ban covers it, and it has that length
 *   +2s    expect no ban 192.0.2.8
 *   +2s    expect ignored 192.0.2.9 2                                    offenses of it that an entry exempts
 *   +2s    expect count 192.0.2.8 2                                      failures in the window (of any jail)
 *   +9s    clock +1h                                                     the wall clock is stepped
 *   +3s    expect event threshold-raised 192.0.2.7                      such an event was emitted; removes it
 *   +3s    expect no event ban                                          … was not, of any address
 *   +9s    session alice 192.0.2.7                                      somebody is logged in from there from now on
 *   +9s    reset breaker
 *   +9s    restart | allow 192.0.2.0/24 | unban 192.0.2.7
 */
import assert from "node:assert/strict";
import { parseSubject, type Subject } from "../../src/domain/cidr.ts";
import { parseDuration } from "../../src/domain/duration.ts";

export interface Story {
  readonly config: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Line number in the story's file. */
  readonly number: number;
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly action: Action;
}

export type Action =
  | {
      readonly kind: "line";
      readonly pid: number | undefined;
      /** Offset of the line's timestamp from now; undefined: now. */
      readonly stamp: number | undefined;
      readonly text: string;
    }
  | { readonly kind: "expect-ban"; readonly subject: Subject; readonly length: number | undefined }
  | { readonly kind: "expect-no-ban"; readonly subject: Subject }
  | { readonly kind: "expect-ignored"; readonly subject: Subject; readonly count: number }
  | { readonly kind: "expect-count"; readonly subject: Subject; readonly count: number }
  | {
      readonly kind: "expect-event" | "expect-no-event";
      readonly name: string;
      readonly subject: Subject | undefined;
    }
  | { readonly kind: "session"; readonly account: string; readonly subject: Subject }
  | { readonly kind: "reset-breaker" }
  | { readonly kind: "clock"; readonly step: number }
  | { readonly kind: "restart" }
  | { readonly kind: "allow" | "unban"; readonly subject: Subject };

export function readStory(text: string): Story {
  const [config = "", rest] = text.split(/^---$/m);
  assert.ok(rest !== undefined, 'a story has a line "---" between configuration and steps');
  const first = config.split("\n").length;
  const steps = rest.split("\n").flatMap((line, i): readonly Step[] => {
    const number = first + i;
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [, at, words] = /^(\+\S+)\s+(.*)$/.exec(line) ?? [];
    assert.ok(at !== undefined && words !== undefined, `line ${number}: no step: ${line}`);
    return [{ number, at: offset(at), action: readAction(words, number) }];
  });
  return { config, steps };
}

function readAction(words: string, number: number): Action {
  const line = /^line(?:\[(\d+)\])? (?:([+-]\d\w*) )?(.*)$/.exec(words);
  if (line !== null) {
    const [, pid, stamp, text = ""] = line;
    return {
      kind: "line",
      pid: pid === undefined ? undefined : Number(pid),
      stamp: stamp === undefined ? undefined : offset(stamp),
      text,
    };
  }
  const [verb = "", ...rest] = words.split(/\s+/);
  switch (verb) {
    case "clock":
      return { kind: "clock", step: offset(rest[0] ?? "") };
    case "restart":
      return { kind: "restart" };
    case "session":
      return { kind: "session", account: rest[0] ?? "", subject: subject(rest[1], number) };
    case "reset":
      assert.deepEqual(rest, ["breaker"], `line ${number}: unknown step: ${words}`);
      return { kind: "reset-breaker" };
    case "allow":
    case "unban":
      return { kind: verb, subject: subject(rest[0], number) };
    case "expect":
      return readExpectation(rest, number);
    default:
      assert.fail(`line ${number}: unknown step: ${words}`);
  }
}

function readExpectation(words: readonly string[], number: number): Action {
  const [what, first, second, third] = words;
  if (what === "event" || (what === "no" && first === "event")) {
    const [name = "", place] = what === "event" ? words.slice(1) : words.slice(2);
    const kind = what === "event" ? "expect-event" : "expect-no-event";
    return { kind, name, subject: place === undefined ? undefined : subject(place, number) };
  }
  if (what === "no" && first === "ban") {
    return { kind: "expect-no-ban", subject: subject(second, number) };
  }
  if (what === "count" || what === "ignored") {
    return { kind: `expect-${what}`, subject: subject(first, number), count: Number(second) };
  }
  assert.equal(what, "ban", `line ${number}: unknown expectation: ${words.join(" ")}`);
  const length = second === "for" ? offset(`+${third}`) : undefined;
  return { kind: "expect-ban", subject: subject(first, number), length };
}

function subject(text: string | undefined, number: number): Subject {
  const parsed = parseSubject(text ?? "");
  assert.ok(parsed !== undefined, `line ${number}: no address: ${text}`);
  return parsed;
}

function offset(text: string): number {
  const length = parseDuration(text.slice(1));
  assert.ok(length !== undefined && /^[+-]/.test(text), `no length of time: ${text}`);
  return text.startsWith("-") ? 0 - length : length;
}
