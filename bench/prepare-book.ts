/** Creates the state directory of a busy daemon: current bans, and recent failures of other addresses. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BookStep } from "../src/domain/ban-book.ts";
import { parseSubject, type Subject } from "../src/domain/cidr.ts";
import { instant } from "../src/domain/instant.ts";
import { parseJailName } from "../src/domain/jail-name.ts";
import { ALL_PORTS } from "../src/domain/port-scope.ts";
import { systemClock } from "../src/host/system-clock.ts";
import { openBook } from "../src/record/open-book.ts";

export interface Contents {
  readonly bans: number;
  readonly failures: number;
}

const BATCH_SIZE = 2000;
const JAIL = parseJailName("sshd");

export async function prepareBook(state: string, { bans, failures }: Contents): Promise<void> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  await using book = openBook({
    path: join(state, "bailiff.db"),
    clock: systemClock,
    emit: (event) => {
      throw new Error(`the book says ${event.event}`);
    },
  });
  const write = (count: number, make: (n: number) => BookStep): void => {
    for (let from = 0; from < count; from += BATCH_SIZE) {
      const size = Math.min(BATCH_SIZE, count - from);
      book.commit({ steps: Array.from({ length: size }, (_, n) => make(from + n)), cursors: [] });
    }
  };
  write(bans, banStep);
  write(failures, failureStep);
}

function banStep(n: number): BookStep {
  const now = systemClock.now();
  return {
    kind: "ban",
    who: "daemon",
    ban: {
      subject: address(10, n),
      jail: jail(),
      scope: ALL_PORTS,
      from: now,
      until: instant(now + 6 * 3_600_000),
      origin: "detected",
      reason: "5 failures in 1h",
      rule: "failed-attempt",
      failures: 5,
      escalation: 0,
    },
  };
}

function failureStep(n: number): BookStep {
  const ip = address(11, n);
  return {
    kind: "failure",
    subject: ip,
    jail: jail(),
    at: systemClock.now(),
    weight: 1,
    rule: "failed-attempt",
    user: "root",
    line: `web1 sshd[${n}]: Failed password for root from ${ip} port 40122 ssh2`,
  };
}

function address(first: number, n: number): Subject {
  const subject = parseSubject(`${first}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`);
  if (subject === undefined) throw new RangeError(`no address ${n}`);
  return subject;
}

function jail(): NonNullable<typeof JAIL> {
  if (JAIL === undefined) throw new RangeError("sshd is no name of a jail");
  return JAIL;
}
