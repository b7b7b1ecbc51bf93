/**
 * Runs the screen of `bailiff top`: follows events, asks for status and bans, and draws at most a few times a second.
 * Events wait in a bounded queue until the next drawing.
 */
import type { ReadStream, WriteStream } from "node:tty";
import type { ControlClient } from "../../../control/client.ts";
import type { FollowReply } from "../../../control/messages.ts";
import { CodedError } from "../../../domain/errors.ts";
import { createSerialQueue } from "../../../host/serial-queue.ts";
import { createAlarm, sleep } from "../../../host/timers.ts";
import { fromEventRecord } from "../../../telemetry/event-record.ts";
import { renderEvent } from "../../../telemetry/render-event.ts";
import { localizeTimes } from "../../format-time.ts";
import { timeOfDay } from "../../print-event.ts";
import type { Terminal } from "../../terminal.ts";
import { describeWhy } from "../why.ts";
import { drawTop, pageHeight } from "./draw-top.ts";
import { FullScreen } from "./full-screen.ts";
import { type Effect, type Key, pressKey } from "./press-key.ts";
import {
  INITIAL,
  type ShownEvent,
  type TopState,
  withAnswers,
  withDetail,
  withEvents,
} from "./top-state.ts";

export interface TopSessionOptions {
  /** For `follow`, which needs its own connection. */
  readonly feed: ControlClient;
  readonly asked: ControlClient;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly terminal: Terminal;
}

/** Shortest time between two drawings. */
const FRAME_MS = 200;
/** Time between two requests. A search looks through all bans, so it is repeated less often. */
const REFRESH_MS = 2000;
const SEARCH_REFRESH_MS = 10_000;
const MAX_BANS = 200;
/** Events that wait for the next drawing; the newest are dropped and counted. */
const MAX_WAITING = 5000;

export class TopSession implements Disposable {
  readonly #options: TopSessionOptions;
  readonly #screen: FullScreen;
  readonly #inOrder = createSerialQueue();
  readonly #frame = createAlarm(() => this.#draw());
  #state: TopState = INITIAL;
  #waiting: ShownEvent[] = [];
  #missed = 0;
  #drawnAt = -FRAME_MS;
  #isFrameSet = false;
  #fail: (error: unknown) => void = () => undefined;
  #stop = new AbortController();

  constructor(options: TopSessionOptions) {
    this.#options = options;
    const { input, output, terminal } = options;
    this.#screen = new FullScreen({
      ...{ input, output, hasColors: terminal.hasColors },
      onKey: (key) => this.#onKey(key),
      onResize: () => this.#onResize(),
      onGone: () => this.#stop.abort(),
    });
  }

  /** Resolves once `stop` aborts, which q and Ctrl-C do too; rejects when the daemon is gone. */
  async run(stop: AbortController): Promise<void> {
    this.#stop = stop;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#fail = reject;
    stop.signal.addEventListener("abort", () => resolve(), { once: true });
    if (stop.signal.aborted) return;
    this.#requestFrame();
    const working = Promise.all([this.#follow(stop.signal), this.#poll(stop.signal)]);
    // After the end they may fail, because their connections are closed.
    working.catch(reject);
    await promise;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const { missed, event } of this.#options.feed.follow(signal)) {
      this.#missed += missed;
      if (this.#waiting.length >= MAX_WAITING) this.#missed++;
      else this.#waiting.push(toShown(event));
      this.#requestFrame();
    }
    if (signal.aborted) return;
    throw new CodedError("connection-lost", "the daemon has ended", {
      hint: "systemctl status bailiff says why; run bailiff top again once it runs",
    });
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#refresh();
      await sleep(this.#state.filter === "" ? REFRESH_MS : SEARCH_REFRESH_MS, signal);
    }
  }

  async #refresh(): Promise<void> {
    const { asked } = this.#options;
    const search = this.#state.filter === "" ? {} : { search: this.#state.filter };
    const order = { sort: "from", descending: true, limit: MAX_BANS } as const;
    const [status, bans] = await this.#inOrder(async () => [
      await asked.request("status", {}),
      await asked.request("find_bans", { ...search, ...order }),
    ]);
    this.#update(withAnswers(this.#state, { status, bans }, Date.now()));
  }

  #onKey(key: Key): void {
    const { state, effect } = pressKey(
      this.#state,
      key,
      pageHeight(this.#state, this.#screen.size),
    );
    this.#update(state);
    if (effect !== undefined) this.#perform(effect).catch(this.#fail);
  }

  async #perform(effect: Effect): Promise<void> {
    try {
      switch (effect.kind) {
        case "quit":
          return this.#stop.abort();
        case "refresh":
          return await this.#refresh();
        case "open":
          return await this.#open(effect.subject);
        case "unban":
          return await this.#unban(effect);
      }
    } catch (error) {
      // Without a connection nothing can be shown; a refusal is.
      if (!(error instanceof CodedError) || error.code === "connection-lost") throw error;
      this.#update({ ...this.#state, mode: { name: "list" }, note: error.message });
    }
  }

  async #open(subject: string): Promise<void> {
    const reply = await this.#inOrder(() => this.#options.asked.request("why", { subject }));
    const { terminal } = this.#options;
    const width = this.#screen.size.columns;
    const plain = { ...terminal, width, paint: (_style: unknown, text: string) => text };
    this.#update(withDetail(this.#state, subject, describeWhy(reply, plain).split("\n")));
  }

  async #unban({
    subject,
    jail,
  }: {
    readonly subject: string;
    readonly jail: string;
  }): Promise<void> {
    const order = { subjects: [subject], all: false, jail, exact: true };
    const lifted = await this.#inOrder(() => this.#options.asked.request("unban", order));
    const note =
      lifted.length === 0
        ? `${subject} was not banned in ${jail} any more`
        : `lifted the ban of ${subject} in ${jail}`;
    this.#update({ ...this.#state, note });
    await this.#refresh();
  }

  #onResize(): void {
    const { mode } = this.#state;
    // Its lines have the old width.
    if (mode.name === "detail")
      this.#perform({ kind: "open", subject: mode.subject }).catch(this.#fail);
    this.#requestFrame();
  }

  #update(state: TopState): void {
    this.#state = state;
    this.#requestFrame();
  }

  #requestFrame(): void {
    if (this.#isFrameSet) return;
    this.#isFrameSet = true;
    this.#frame.set(Math.max(0, this.#drawnAt + FRAME_MS - performance.now()));
  }

  #draw(): void {
    this.#isFrameSet = false;
    this.#drawnAt = performance.now();
    const now = Date.now();
    try {
      this.#state = withEvents(this.#state, this.#waiting, { missed: this.#missed, now });
      this.#waiting = [];
      this.#missed = 0;
      this.#screen.draw(drawTop(this.#state, this.#screen.size, now));
    } catch (error) {
      this.#fail(error);
    }
  }

  [Symbol.dispose](): void {
    this.#frame.clear();
    this.#screen[Symbol.dispose]();
  }
}

function toShown(record: FollowReply["event"]): ShownEvent {
  const { event, at } = fromEventRecord(record);
  const line = localizeTimes(renderEvent(event, at, { format: "text", color: false, timeOfDay }));
  if (event.event !== "failure") return { line, failure: undefined };
  const { ip: subject, jail, count, of, user } = event;
  return { line, failure: { subject, jail, count, of, user, lastAt: at } };
}
