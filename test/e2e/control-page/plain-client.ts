/**
 * A client of the control socket written only from docs/reference/control.md, without code of src/. As a program
 * (`plain-client.ts SOCKET COMMAND INPUT [COMMAND INPUT]…`) it sends requests and prints a line for each answer.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type Message = Readonly<Record<string, unknown>>;

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The answer to a request, joined from its parts. */
export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly parts: number }
  | { readonly ok: false; readonly error: ErrorAnswer };

export class PlainClient implements AsyncDisposable {
  readonly socket: Socket;
  #text = "";
  #lines: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;
  #id = 0;

  /** Greets, unless `greeting` is "none". */
  static async open(path: string, greeting: "greets" | "none" = "greets"): Promise<PlainClient> {
    const socket = connect(path);
    await once(socket, "connect");
    const client = new PlainClient(socket);
    if (greeting === "none") return client;
    const hello = await client.next();
    if (hello?.["bailiff"] !== "control" || hello["v"] !== 1)
      throw new Error(`no greeting: ${JSON.stringify(hello)}`);
    client.send({ v: 1 });
    return client;
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const lines = (this.#text + text).split("\n");
      this.#text = lines.pop() ?? "";
      this.#lines.push(...lines);
      this.#wake();
    });
    // "close" follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(message: unknown): void {
    this.write(`${JSON.stringify(message)}\n`);
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** The next message; undefined: the server closed the connection. */
  async next(): Promise<Message | undefined> {
    while (this.#lines.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const line = this.#lines.shift();
    return line === undefined ? undefined : JSON.parse(line);
  }

  async request(command: string, input: object = {}): Promise<Answer> {
    const id = this.#id++;
    this.send({ id, command, input });
    return this.answer(id);
  }

  /** The complete answer to the request of this id. */
  async answer(id: number): Promise<Answer> {
    const list: unknown[] = [];
    for (let parts = 0; ; parts++) {
      const reply = await this.next();
      if (reply === undefined) throw new Error("the connection was closed before the answer");
      if (reply["id"] !== id) throw new Error(`an answer to another: ${JSON.stringify(reply)}`);
      if (reply["ok"] === false) return { ok: false, error: reply["error"] as ErrorAnswer };
      if (Array.isArray(reply["part"])) {
        list.push(...reply["part"]);
        continue;
      }
      const { value } = reply;
      return { ok: true, value: Array.isArray(value) ? [...list, ...value] : value, parts };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}

if (import.meta.main) {
  const [path = "", ...words] = process.argv.slice(2);
  await using client = await PlainClient.open(path);
  for (let i = 0; i < words.length; i += 2) {
    const answer = await client.request(words[i] ?? "", JSON.parse(words[i + 1] ?? "{}"));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
