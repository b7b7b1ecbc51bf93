/** Level and message of an event, the same for every event of that name. */

/**
 * error: something was lost or a person must act. warn: unexpected, and recovered automatically. info: lifecycle, and
 * every failure, ban and unban. debug: details for troubleshooting.
 */
export type Level = "error" | "warn" | "info" | "debug";

export interface EventKind {
  readonly level: Level;
  readonly message: string;
}

export type EventKinds<Event extends { readonly event: string }> = {
  readonly [name in Event["event"]]: EventKind;
};
