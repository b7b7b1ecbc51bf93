/** Contains the programs that send and answer packets in the packet laboratory, each in its namespace. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export const SSH = 22;
export const WEB = 80;
export const DNS = 53;

/** Listens on all ports, echoes what it receives, and prints a line when it is ready. */
export const SERVER: string = `
const net = require("node:net");
const dgram = require("node:dgram");
let missing = 4;
const ready = () => { if (--missing === 0) console.log("ready"); };
for (const port of [${SSH}, ${WEB}])
  net.createServer((socket) => { socket.on("error", () => {}); socket.pipe(socket); }).listen(port, "::", ready);
for (const [type, any] of [["udp4", "0.0.0.0"], ["udp6", "::"]]) {
  const socket = dgram.createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (data, { port, address }) => socket.send(data, port, address));
  socket.bind(${DNS}, any, ready);
}`;

/** Carries out requests, one line of JSON each, and answers each with a line. */
export const AGENT: string = `
const net = require("node:net");
const dgram = require("node:dgram");
const exchanges = [];
const floods = [];
let nextPort = 10_000;
function open({ protocol, from, to, port }, { onOpen, onData, onError }) {
  if (protocol === "tcp") {
    const socket = net.connect({ host: to, port, localAddress: from }, onOpen);
    socket.on("error", onError);
    socket.on("data", onData);
    return { send: () => socket.write("x"), end: () => socket.destroy() };
  }
  const socket = dgram.createSocket(to.includes(":") ? "udp6" : "udp4");
  socket.on("error", onError);
  socket.on("message", onData);
  // With the port of an earlier exchange, these packets would be of its connection, which some firewalls accept.
  socket.bind(nextPort++, from, () => socket.connect(port, to, onOpen));
  return { send: () => socket.send("x", () => {}), end: () => socket.close() };
}
const requests = {
  connect: (request, answer) => {
    let timer, repeat;
    const finish = (outcome) => {
      clearTimeout(timer);
      clearInterval(repeat);
      if (answer === undefined) return;
      answer(outcome);
      answer = undefined;
      socket.end();
    };
    const isTcp = request.protocol === "tcp";
    const socket = open(request, {
      onOpen: () => {
        if (isTcp) return finish("connected");
        socket.send();
        repeat = setInterval(socket.send, 100);
      },
      onData: () => finish("connected"),
      onError: (error) => finish(error.code),
    });
    timer = setTimeout(() => finish("dropped"), request.patience);
  },
  burst: ({ from, to, port, connections }, answer) => {
    const sockets = Array.from({ length: connections }, () =>
      net.connect({ host: to, port, localAddress: from }).on("error", () => {}));
    setImmediate(() => {
      for (const socket of sockets) socket.destroy();
      answer("");
    });
  },
  exchange: (request, answer) => {
    const exchange = { replies: 0 };
    const socket = open(request, {
      onOpen: () => { exchange.repeat = setInterval(socket.send, 20); },
      onData: () => { exchange.replies++; },
      onError: () => {},
    });
    exchange.end = () => { clearInterval(exchange.repeat); socket.end(); };
    answer(String(exchanges.push(exchange) - 1));
  },
  flood: ({ attempts }, answer) => {
    const flood = { tries: 0, answered: 0, pending: 0 };
    const tryOnce = (attempt) => {
      flood.tries++;
      flood.pending++;
      requests.connect({ ...attempt, patience: 3000 }, (outcome) => {
        flood.pending--;
        if (outcome !== "dropped") flood.answered++;
        if (flood.onEnd !== undefined && flood.pending === 0) flood.onEnd("");
      });
    };
    flood.repeat = setInterval(() => attempts.forEach(tryOnce), 20);
    answer(String(floods.push(flood) - 1));
  },
  counts: ({ flood }, answer) => {
    const { tries, answered } = floods[flood];
    answer(JSON.stringify({ tries, answered }));
  },
  endFlood: ({ flood }, answer) => {
    clearInterval(floods[flood].repeat);
    floods[flood].onEnd = answer;
    if (floods[flood].pending === 0) answer("");
  },
  replies: ({ exchange }, answer) => answer(String(exchanges[exchange].replies)),
  end: ({ exchange }, answer) => { exchanges[exchange].end(); answer(""); },
};
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, what, request } = JSON.parse(line);
  requests[what](request, (value) => console.log(id + " " + value));
});`;

export type Ask = (what: string, request: object) => Promise<string>;

export function openAgent(child: ChildProcess): Ask {
  const waiting = new Map<string, (value: string) => void>();
  const { stdin, stdout } = child;
  assert.ok(stdin !== null && stdout !== null);
  createInterface({ input: stdout }).on("line", (line) => {
    const space = line.indexOf(" ");
    waiting.get(line.slice(0, space))?.(line.slice(space + 1));
    waiting.delete(line.slice(0, space));
  });
  let last = 0;
  return (what, request) =>
    new Promise((resolve) => {
      const id = String(++last);
      waiting.set(id, resolve);
      stdin.write(`${JSON.stringify({ id, what, request })}\n`);
    });
}

export async function firstLine(child: ChildProcess): Promise<void> {
  assert.ok(child.stdout !== null);
  for await (const _ of createInterface({ input: child.stdout })) return;
  assert.fail("the server ended");
}
