/**
 * Lists the failures that currently count against a subject in a jail: those of the book, and those of the batch being
 * read, which are not in the book yet. Pure; in order of arrival.
 */
import type { BookStep, CountedFailure } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { JailName } from "../domain/jail-name.ts";

export interface Window {
  readonly subject: Subject;
  readonly jail: JailName;
}

/**
 * Lists failures, oldest first. `booked` are failures from the book, newest first, of any jail and network around the
 * subject.
 */
export function openFailures(
  { subject, jail }: Window,
  booked: readonly CountedFailure[],
  steps: readonly BookStep[],
): readonly CountedFailure[] {
  const isOurs = (one: { readonly subject: Subject; readonly jail: JailName }): boolean =>
    one.subject === subject && one.jail === jail;
  let open = booked.filter(isOurs).reverse();
  for (const step of steps) {
    switch (step.kind) {
      case "failure":
        if (isOurs(step)) open.push(step);
        break;
      case "consumed":
        if (isOurs(step)) open = [];
        break;
      case "forgiven":
        if (isOurs(step)) open = open.filter(({ user }) => user !== step.account);
        break;
      case "ban":
        if (step.ban.origin === "detected" && isOurs(step.ban)) open = [];
        break;
      case "login":
      case "sessions":
      case "past":
      case "pardoned":
      case "audit":
        break;
    }
  }
  return open;
}
