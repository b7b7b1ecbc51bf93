/**
 * Proves that a quiet log is the one that its programs write to: by its newest line, and by a search of the other
 * locations. Says why silence proves nothing where lines could not reach the log.
 */
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { APART_MS, type PlaceFacts, quietFiles, type WriterFact } from "./place-facts.ts";
import { ago } from "./time-ago.ts";

/** A journal without an entry for this long does not prove that a program was silent. */
const JOURNAL_OLD_MS = 900_000;

export function provePlace(facts: PlaceFacts, now: Instant): Proof {
  const { lastLineAt, searched, programs } = facts;
  const link = "place";
  const whose = programs.length === 0 ? "" : ` of ${programs[0]}`;
  const writer = facts.files.flatMap(({ writers }) => writers?.present ?? [])[0];
  const writes =
    writer === undefined ? "" : `; ${writer.program} (pid ${writer.pid}) has it open for writing`;
  const doubt = writer === undefined ? doubtOf(facts, now) : undefined;
  if (lastLineAt === undefined) {
    const { lastLineEverAt, kind, untrusted = 0 } = facts;
    const before =
      lastLineEverAt === undefined ? "" : `; the last one before was ${ago(lastLineEverAt, now)}`;
    // In a journal, only lines that the matches exclude can be elsewhere.
    const which = kind === "journal" ? "no line that the matches exclude" : "no newer line";
    const elsewhere =
      searched === undefined ? "" : `; ${which} is in ${searched.where} (${ago(searched.at, now)})`;
    const seen = doubt === undefined ? `${elsewhere}${writes}` : `; ${doubt}`;
    const evidence = `${describeNoLine(facts, whose, untrusted)}${before}${seen}`;
    const isDoubtful = doubt === undefined ? {} : { isDoubtful: true };
    return { kind: "unproven", link, evidence, ...isDoubtful };
  }
  const last = `the last line${whose} came ${ago(lastLineAt, now)}`;
  if (doubt !== undefined)
    return { kind: "unproven", link, evidence: `${last}; ${doubt}`, isDoubtful: true };
  // Without a time: displays add the age of `at`.
  const read = `the newest line${whose} was read${writes}`;
  if (searched === undefined || searched.at < lastLineAt)
    return { kind: "proven", link, evidence: read, at: lastLineAt };
  const isPassed = facts.elsewhere !== undefined && facts.elsewhere.last > lastLineAt + APART_MS;
  const newer = isPassed ? "newer lines, of no client, are" : "no newer line is";
  const evidence = `${last}; ${newer} in ${searched.where}${writes}`;
  return { kind: "proven", link, evidence, at: seenUntil(facts, searched.at, writer) };
}

function describeNoLine(
  { lines, programs, where }: PlaceFacts,
  whose: string,
  untrusted: number,
): string {
  if (untrusted > 0)
    return `no trusted line${whose} came to ${where} since the start, only ${untrusted} with an unproven sender`;
  // Without programs, only a failure shows that a line is of the service.
  if (programs.length === 0 && lines > 0)
    return `none of the ${amount(lines, "line")} read from ${where} is a failure`;
  return `no line${whose} came to ${where} since the start`;
}

/**
 * Returns until when silence is proven. A log without a newer line proves it only while lines can reach it: a process
 * has the file open, or the journal gets entries.
 */
function seenUntil(facts: PlaceFacts, searched: Instant, writer: WriterFact | undefined): Instant {
  const { lastLineAt, journalStores, journalChangedAt } = facts;
  if (writer !== undefined || journalStores === true || lastLineAt === undefined) return searched;
  const written = journalChangedAt ?? lastLineAt;
  return written > searched ? searched : written < lastLineAt ? lastLineAt : written;
}

/**
 * Returns why silence proves nothing: no process has the file open, or the journal gets no entries. undefined: no
 * doubt, or too little is known.
 */
function doubtOf(facts: PlaceFacts, now: Instant): string | undefined {
  const { kind, journalStores, journalChangedAt } = facts;
  const [quiet] = quietFiles(facts, now);
  if (journalStores === true || (kind === "file" && quiet === undefined)) return undefined;
  const isOld = journalChangedAt !== undefined && now - journalChangedAt > JOURNAL_OLD_MS;
  const isUnheld = kind === "file" && quiet?.writers?.complete === true;
  const journal =
    journalStores === false
      ? "the journal stores nothing"
      : isOld
        ? `the last entry of the journal came ${ago(journalChangedAt, now)}`
        : isUnheld && journalChangedAt === undefined
          ? "no journal exists"
          : undefined;
  if (journal === undefined) return undefined;
  const held = isUnheld ? `no process has ${quiet.path} open for writing, and ` : "";
  return `${held}${journal}: whether lines are written is unknown`;
}
