import { AUTH_LOG, type History, HOUR, SSHD } from "../history.ts";

export const ATTACKER = "203.0.113.9";
export const ALICE = "198.51.100.20";

/** A short history, and the rules that it must break, in this order. */
export interface Case {
  readonly name: string;
  readonly expected: readonly string[];
  readonly run: (history: History) => void;
}

export function banned(history: History): void {
  history.fail(ATTACKER, 5);
  history.ban(ATTACKER, HOUR);
}

export function flush(history: History): void {
  history.happen({ kind: "firewall", what: "flushed-ruleset", subjects: [] });
  history.dropped = [];
  history.see();
}

export function breakSource(
  history: History,
  how: "writer-stopped" | "writer-moved-away" | "reader-stalled",
): void {
  history.happen({ kind: "source-broken", source: AUTH_LOG, how });
}

export function crash(history: History): void {
  history.happen({ kind: "crashed" });
  history.running = false;
  history.see();
}

export function start(history: History): void {
  history.happen({ kind: "configured", jails: [SSHD] });
  history.happen({ kind: "started" });
  history.running = true;
  history.see();
}
