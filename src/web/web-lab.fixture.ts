/** Opens a dashboard over real HTTP for tests, with a real control socket whose answers are fixed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type AnswerCommand, type ControlServer, openControlServer } from "../control/server.ts";
import { CodedError } from "../domain/errors.ts";
import { signGrant } from "./login/login-links.ts";
import { openWeb, type Web } from "./open-web.ts";
import type { Role, WebUser } from "./roles.ts";
import { readRunning } from "./runtime-file.ts";
import { parseWebSettings } from "./web-settings.ts";

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
  /** A Unix socket instead of the port. */
  readonly socketPath?: string;
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, never>> & { readonly error?: { readonly code: string } };
}

/** Headers with both secrets of a session. */
export type SessionHeaders = Readonly<Record<string, string>>;

export class WebLab implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), `bailiff-web-${process.pid}-`));
  readonly runtime: string = join(this.folder, "run");
  readonly #socket = join(this.folder, "bailiff.sock");
  /** Requests that reached the daemon, with their inputs and who asked. */
  readonly asked: [string, object, string][] = [];
  /** Answers of the daemon to certain commands. */
  readonly answers: Map<string, () => Promise<unknown>> = new Map();
  readonly log: string[] = [];
  #daemon: ControlServer | undefined;
  #web: Web | undefined;
  /** Of both clocks, in milliseconds. */
  now = 1_800_000_000_000;
  /** By how much the wall clock was stepped. */
  wallStep = 0;

  /** Starts the daemon, and a dashboard on a free port of 127.0.0.1. */
  static async open(toml = ""): Promise<WebLab> {
    const lab = new WebLab();
    const answer: AnswerCommand = async (command, input, who) => {
      lab.asked.push([command, input, who]);
      if ("jail" in input && input.jail === "none")
        throw new CodedError("unknown-jail", 'unknown jail "none"');
      return ((await lab.answers.get(command)?.()) ?? { command }) as never;
    };
    lab.#daemon = await openControlServer({
      ...{ path: lab.#socket, group: undefined, answer, emit: () => undefined },
    });
    try {
      lab.#web = await lab.openWeb(`listen = "127.0.0.1:0"\n${toml}`, lab.runtime);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  get url(): URL {
    assert.ok(this.#web !== undefined);
    return new URL(this.#web.url);
  }

  /** Starts another dashboard. `runtime`: the directory of its file. */
  async openWeb(toml: string, runtime: string): Promise<Web> {
    const settings = await parseWebSettings("web.toml", toml);
    assert.ok(settings.ok, JSON.stringify(settings));
    const clocks = { now: () => this.now + this.wallStep, uptime: () => this.now };
    const log = (line: string): void => void this.log.push(line);
    return openWeb({ ...clocks, settings: settings.value, socket: this.#socket, runtime, log });
  }

  async stopDaemon(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
  }

  send(path: string, { method, headers, body, socketPath }: Sent = {}): Promise<Received> {
    const { hostname, port, origin } = this.url;
    return new Promise((resolve, reject) => {
      const to = socketPath === undefined ? { hostname, port } : { socketPath };
      const used = method ?? (body === undefined ? "GET" : "POST");
      const own = used === "GET" ? {} : { origin };
      const sent = request(
        { ...to, path, method: used, headers: { ...own, ...headers } },
        (response) => {
          void text(response).then((content) => {
            const isJson = response.headers["content-type"]?.includes("json") === true;
            const parsed = isJson && content !== "" ? JSON.parse(content) : {};
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: content,
              body: parsed,
            });
          }, reject);
        },
      );
      sent.on("error", reject);
      sent.end(typeof body === "object" ? JSON.stringify(body) : body);
    });
  }

  /** Returns the token of a one-time link. */
  link(role: Role = "operator", name = "carol"): string {
    return this.linkOf(this.runtime, { role, name });
  }

  linkOf(runtime: string, user: WebUser = { role: "operator", name: "carol" }): string {
    return signGrant(readRunning(runtime).key, user, this.now);
  }

  /** Logs in with a link, and returns the headers of the session. */
  async logIn(role: Role = "operator", name = "carol"): Promise<SessionHeaders> {
    const login = await this.send("/api/login", { body: { link: this.link(role, name) } });
    assert.equal(login.status, 200, login.text);
    const [cookie = ""] = login.headers["set-cookie"]?.[0]?.split(";") ?? [];
    return { cookie, "x-bailiff-token": String(login.body["token"]) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#web?.[Symbol.asyncDispose]();
    await this.stopDaemon();
    rmSync(this.folder, { recursive: true });
  }
}
