/**
 * Serves one client: a greeting, then requests one by one. Reads nothing while it answers, so a client can only fill
 * the kernel's buffer. A client that reads too slowly is disconnected; invalid input ends the connection with one error
 * reply.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { Socket } from "node:net";
import { CodedError } from "../domain/errors.ts";
import { nextTurn, sleep, within } from "../host/timers.ts";
import { toEventRecord } from "../telemetry/event-record.ts";
import type { Emit } from "../telemetry/events.ts";
import { type AccessRules, describeRight, mayAsk, type Peer } from "./access.ts";
import type { EventFeed } from "./event-feed.ts";
import { type FairShare, pagesInShare } from "./fair-share.ts";
import { createLineReader, type LineReader } from "./line-reader.ts";
import type { CommandName } from "./messages.ts";
import { inPages, isPaged } from "./paged-list.ts";
import { parseClientHello, parseRequest } from "./parse-request.ts";
import {
  encode,
  type ErrorReply,
  PROTOCOL_VERSION,
  type ReplyMessage,
  type RequestMessage,
} from "./protocol.ts";

export interface ConnectionOptions {
  readonly peer: Peer;
  readonly rules: AccessRules;
  readonly answer: (command: CommandName, input: object, who: string) => Promise<unknown>;
  /** Limits the time of requests; undefined: no limit. */
  readonly share: FairShare | undefined;
  readonly feed: EventFeed | undefined;
  readonly emit: Emit;
  /** Maximum bytes of a request line. */
  readonly requestBytes: number;
  /** Milliseconds to wait for a complete request, and for the client to read a reply. */
  readonly patience: number;
  /** Aborts when the server closes; an answer in progress is still sent. */
  readonly signal: AbortSignal;
}

/** A list is sent in parts of about this many characters. */
export const PART_LENGTH = 65_536;
/** Number of list items that are sent before the event loop does other work. */
const PAGE_LENGTH = 500;
/** Milliseconds for a refused client to read the reason. */
const FAREWELL_MS = 1000;

/** A request that may be answered, or the reply to another. */
type Admission =
  | { readonly ok: true; readonly value: RequestMessage }
  | (ReplyMessage & { readonly id: number; readonly ok: false });

/** An error that ends the connection and is counted. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #gone = new AbortController();
  readonly #reader: LineReader;
  readonly #chunks: AsyncIterator<Buffer>;
  #lines: string[] = [];
  /** For the audit: the peer, and for whom it asks. */
  #who: string;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#who = options.peer.who;
    this.#reader = createLineReader(options.requestBytes);
    this.#chunks = socket.iterator({ destroyOnReturn: false });
    // A client that disconnects early is not an error here: "close" follows.
    socket.on("error", () => undefined);
    socket.once("close", () => this.#gone.abort());
  }

  /** Resolves when the connection has ended; rejects only because of a bug. */
  async serve(): Promise<void> {
    try {
      await this.#send(encode({ bailiff: "control", v: PROTOCOL_VERSION }));
      const hello = await this.#nextLine();
      if (hello === undefined) return;
      await this.#inShare(async () => this.#check(hello));
      for (;;) {
        const line = await this.#nextLine();
        if (line === undefined) return;
        await this.#take(line);
        // Lets the event loop do other work between the requests of one client.
        await nextTurn();
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(error);
    } finally {
      this.#socket.end();
      this.#socket.setTimeout(FAREWELL_MS, () => this.#socket.destroy());
    }
  }

  #check(line: string): void {
    const hello = parseClientHello(line);
    if (hello === undefined) throw new Refusal("bad-message", "not a client of this protocol");
    if (hello.v !== PROTOCOL_VERSION) {
      throw new Refusal("version-mismatch", `this daemon speaks version ${PROTOCOL_VERSION}`);
    }
    if (hello.user !== undefined) this.#who = `${this.#options.peer.who} for ${hello.user}`;
  }

  async #take(line: string): Promise<void> {
    const admitted = await this.#inShare(async () => this.#admit(line));
    if (!admitted.ok) return this.#sendReply(admitted);
    const { id, command } = admitted.value;
    if (command === "follow") await this.#follow(id);
    else await this.#answer(id, command, admitted.value);
  }

  /** Counts all work for a group member, also that on requests that are refused or have no work. */
  #inShare<T>(work: () => Promise<T>): Promise<T> {
    const { share } = this.#options;
    return share === undefined ? work() : share.run(work);
  }

  #admit(line: string): Admission {
    const request = parseRequest(line);
    if (!request.ok) {
      const { id, code, message } = request.error;
      if (id === null) throw new Refusal(code, message);
      return { id, ok: false, error: { code, message, hint: null } };
    }
    const { peer, rules, emit } = this.#options;
    const { id, command } = request.value;
    if (mayAsk(command, peer, rules)) return request;
    emit({ event: "control-refused", reason: `${this.#who} may not ${command}` });
    const error = {
      code: "permission-denied",
      message: `${peer.who} may not ${command.replaceAll("_", " ")}`,
      hint: describeRight(command, peer),
    };
    return { id, ok: false, error };
  }

  async #answer(id: number, command: CommandName, { input }: RequestMessage): Promise<void> {
    const { answer, share } = this.#options;
    let value: unknown;
    try {
      value = await this.#inShare(() => answer(command, input, this.#who));
      if (isPaged(value))
        return await this.#sendPages(id, share === undefined ? value : pagesInShare(value, share));
    } catch (error) {
      if (error instanceof Refusal) throw error;
      await this.#sendReply({ id, ok: false, error: this.#explain(error) });
      return;
    }
    if (Array.isArray(value)) await this.#sendPages(id, inPages(value, PAGE_LENGTH));
    else await this.#sendReply({ id, ok: true, value: value ?? null });
  }

  #explain(error: unknown): ErrorReply {
    if (error instanceof CodedError) {
      return { code: error.code, message: error.message, hint: error.hint ?? null };
    }
    const reason = stackOf(error);
    this.#options.emit({ event: "bug", part: "control", reason });
    return { code: "bug", message: "the daemon failed to answer", hint: "its log says more" };
  }

  /** Sends a list page by page; stops reading pages when the client disconnects. */
  async #sendPages(id: number, pages: AsyncIterable<readonly unknown[]>): Promise<void> {
    let part: string[] = [];
    let length = 0;
    for await (const page of pages) {
      for (const item of page) {
        const text = JSON.stringify(item);
        part.push(text);
        length += text.length;
        if (length < PART_LENGTH) continue;
        await this.#send(`{"id":${id},"ok":true,"part":[${part.join(",")}]}\n`);
        part = [];
        length = 0;
      }
      if (this.#gone.signal.aborted) return;
    }
    await this.#send(`{"id":${id},"ok":true,"value":[${part.join(",")}]}\n`);
  }

  /** Sends events until the client sends another line or disconnects. */
  async #follow(id: number): Promise<void> {
    const { feed, signal } = this.#options;
    if (feed === undefined) {
      const error = {
        code: "unknown-command",
        message: "this daemon has no live events",
        hint: null,
      };
      return this.#sendReply({ id, ok: false, error });
    }
    // The client already sent its next request, so it does not want to follow.
    if (this.#lines.length > 0) return this.#sendReply({ id, ok: true, value: [] });
    const over = new AbortController();
    const until = AbortSignal.any([over.signal, signal, this.#gone.signal]);
    const word = this.#chunks
      .next()
      .then((next) => {
        if (next.done !== true) this.#accept(next.value);
      })
      .finally(() => over.abort());
    // Prevents an unhandled rejection; awaited below if a line of the client ended the loop.
    word.catch(() => undefined);
    for await (const events of feed.follow(until)) {
      const part = events.map(({ missed, at, event }) => ({
        missed,
        event: toEventRecord(event, at),
      }));
      await this.#sendReply({ id, ok: true, part });
    }
    if (over.signal.aborted) await word;
    if (!this.#gone.signal.aborted) await this.#sendReply({ id, ok: true, value: [] });
  }

  #refuse({ code, message }: Refusal): void {
    const { emit, peer } = this.#options;
    emit({ event: "control-refused", reason: `${peer.who}: ${message}` });
    const error = { code, message, hint: null };
    if (this.#socket.writable) this.#socket.write(encode({ id: null, ok: false, error }));
  }

  /** Returns the next line; undefined: the client has ended its side, or the server closes. */
  async #nextLine(): Promise<string | undefined> {
    const { signal, patience } = this.#options;
    const waiting = new AbortController();
    const stop = AbortSignal.any([waiting.signal, signal]);
    const late = sleep(patience, stop, "loose");
    try {
      while (this.#lines.length === 0) {
        const next = await Promise.race([this.#chunks.next(), late]);
        if (next === "aborted") return undefined;
        if (next === "elapsed") {
          if (!this.#reader.unfinished()) return undefined;
          throw new Refusal("timeout", "no complete request in time");
        }
        if (next.done === true) {
          if (!this.#reader.unfinished()) return undefined;
          throw new Refusal("bad-message", "the connection ended within a request");
        }
        this.#accept(next.value);
      }
      return this.#lines.shift();
    } catch (error) {
      // A broken socket counts as closed.
      if (this.#gone.signal.aborted || this.#socket.destroyed) return undefined;
      throw error;
    } finally {
      waiting.abort();
    }
  }

  #accept(bytes: Buffer): void {
    const lines = this.#reader.push(bytes);
    if (lines === undefined) {
      throw new Refusal("bad-message", "a line is too long, or no UTF-8");
    }
    this.#lines.push(...lines);
  }

  #sendReply(reply: ReplyMessage): Promise<void> {
    return this.#send(encode(reply));
  }

  async #send(text: string): Promise<void> {
    if (!this.#socket.writable) return;
    if (this.#socket.write(text)) return;
    const drained = new Promise<"drained">((resolve) => {
      this.#socket.once("drain", () => resolve("drained"));
    });
    const outcome = await within(drained, this.#options.patience, this.#gone.signal);
    if (outcome === "elapsed") {
      this.#socket.destroy();
      throw new Refusal("timeout", "the reply is not read");
    }
  }
}
