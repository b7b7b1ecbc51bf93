/**
 * The control protocol: JSON objects, one a line, over a unix stream socket.
 *
 *   server: {"bailiff":"control","v":1}
 *   client: {"v":1}                                      or {"v":1,"user":"alice"}, for the audit
 *   client: {"id":1,"command":"status","input":{}}
 *   server: {"id":1,"ok":true,"value":…}
 *   server: {"id":2,"ok":true,"part":[…]}                any number of these before the last one, for long lists
 *   server: {"id":3,"ok":false,"error":{"code":"unknown-jail","message":"…","hint":null}}
 *
 * A list's `value` is its rest, to be put after the parts. Requests of one connection are answered in order.
 * An error with "id":null ends the connection.
 */
import type { CommandName } from "./messages.ts";

export const PROTOCOL_VERSION = 1;

/** Maximum bytes of a client's line. */
export const REQUEST_BYTES: number = 1024 * 1024;
/** Maximum bytes of a line of a client that may only read. */
export const QUESTION_BYTES: number = 16 * 1024;
/** Maximum bytes of a server's line. Lists are sent in much smaller parts. */
export const REPLY_BYTES: number = 32 * 1024 * 1024;

export interface ServerHello {
  readonly bailiff: "control";
  readonly v: number;
}

export interface ClientHello {
  readonly v: number;
  /** The person for whom a program asks, such as the user of a web page; only for the audit, and not proven. */
  readonly user?: string;
}

/** `follow` is not in Commands: it has no single answer, but sends parts until the client disconnects. */
export interface RequestMessage {
  readonly id: number;
  readonly command: CommandName | "follow";
  readonly input: object;
}

export interface ErrorReply {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: true; readonly part: readonly unknown[] }
  | { readonly id: number | null; readonly ok: false; readonly error: ErrorReply };

export function encode(message: ServerHello | ClientHello | RequestMessage | ReplyMessage): string {
  return `${JSON.stringify(message)}\n`;
}
