/**
 * Checks what must be true at every moment, whatever the documentation promises. These are the rules of ARCHITECTURE.md
 * "What always holds" that are visible from outside, and bounds of what the daemon keeps.
 */
import {
  parseSubject,
  subjectContains,
  subjectsOverlap,
  type Subject,
} from "../../src/domain/cidr.ts";
import type { Block } from "../../src/domain/enforcer.ts";
import { stackOf } from "../../src/domain/thrown-error.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
import { portScope } from "../../src/domain/port-scope.ts";
import type { Difference, Happening, JailPolicy, Observation } from "./happenings.ts";
import { Troubles } from "./troubles.ts";
import type { World } from "./world/world.ts";

/** Maximum time until a damaged firewall is repaired: the longest wait between two attempts, and the attempt. */
const REPAIRED_WITHIN = 40_000;
/** Time after a step of the clock during which ends of bans may still be those of the old clock. */
const CLOCK_COMPARED_WITHIN = 35_000;
/** The kernel's time-outs come up to this much after the ends of bans. */
const SLACK = 5000;
const MAX_TIMERS = 64;
const MAX_OPEN_FILES = 48;
const MAX_WATCHES = 48;
const PAGE = "ARCHITECTURE.md: What always holds";

export class Invariants {
  readonly #world: World;
  readonly #found: Difference[] = [];
  readonly #troubles = new Troubles();
  /** Since when the book and the kernel differ, by subject. */
  readonly #differsSince = new Map<string, number>();
  #policies: ReadonlyMap<string, JailPolicy> = new Map();
  #exempt: readonly Subject[] = [];
  #startedAt = 0;
  #comparesClockBy = 0;

  constructor(world: World) {
    this.#world = world;
  }

  #break(rule: string, what: string): void {
    this.#found.push({ at: this.#world.now, rule, what, source: PAGE });
  }

  happened(happening: Happening): void {
    this.#troubles.happened(happening);
    if (happening.kind === "configured") {
      this.#policies = new Map(happening.jails.map((jail) => [jail.name, jail]));
      const [first, ...others] = happening.jails.map(({ allow }) => allow);
      // What only some jails exempt may be banned in the others.
      const common = first?.filter((text) => others.every((allow) => allow.includes(text))) ?? [];
      this.#exempt = common.flatMap((text) => parseSubject(text) ?? []);
    }
    if (happening.kind === "clock") this.#comparesClockBy = happening.at + CLOCK_COMPARED_WITHIN;
    if (happening.kind === "started") {
      this.#differsSince.clear();
      this.#startedAt = happening.at;
    }
  }

  /** Checks invariants 2 and 4: a block of the kernel is in the book, and is not exempt. */
  added({ subject, scope }: Pick<Block, "subject" | "scope">): void {
    const exempt = this.#exempt.find((one) => subjectContains(one, subject));
    if (exempt !== undefined && subjectsOverlap(exempt, subject))
      this.#break("never-ban-exempt", `${subject} reached the firewall, and ${exempt} is exempt`);
    const book = this.#world.process?.daemon?.book;
    if (book !== undefined && book.bansOf(subject).length === 0)
      this.#break("intent-before-effect", `${subject} ${scope} reached the firewall without a ban`);
  }

  event(event: TelemetryEvent): void {
    if (event.event === "bug") this.#break("no-bug", `${event.part}: ${event.reason}`);
    if (event.event === "queue-overflowed")
      this.#break("queues-suffice", `${event.queue} dropped ${event.dropped}`);
  }

  rejected(error: unknown): void {
    this.#break("no-unhandled-rejection", stackOf(error));
  }

  observed(observation: Observation): readonly Difference[] {
    if (observation.running) {
      this.#compareKernel(observation);
      this.#checkExpiry(observation);
      for (const what of this.#troubles.unsaid(observation)) this.#break("claims-unproven", what);
    }
    this.#checkBounds();
    return this.#found.splice(0);
  }

  /** Checks invariant 1: the firewall equals the book, except for the time of repairs. */
  #compareKernel({ at, bans }: Observation): void {
    const banned = new Set(
      bans.flatMap(({ subject, jail, until }) =>
        until > at && this.#isEnforced(jail) ? `${subject} ${this.#scopeOf(jail)}` : [],
      ),
    );
    const blocks = this.#world.kernel.blocks();
    const held = new Set(blocks.map(({ subject, scope }) => `${subject} ${scope}`));
    const differing = new Set([
      ...[...banned].filter((one) => !held.has(one)).map((one) => `${one} is not dropped`),
      ...[...held].filter((one) => !banned.has(one)).map((one) => `${one} is dropped, not banned`),
    ]);
    for (const what of this.#differsSince.keys())
      if (!differing.has(what)) this.#differsSince.delete(what);
    for (const what of differing) {
      const since = this.#differsSince.getOrInsert(what, at);
      const from = Math.max(since, this.#troubles.kernelWorksSince(at));
      if (at - from > REPAIRED_WITHIN + SLACK)
        this.#break("firewall-equals-book", `${what} for ${at - from} ms`);
    }
  }

  #isEnforced(jail: string): boolean {
    return this.#policies.get(jail)?.observesOnly !== true;
  }

  #scopeOf(jail: string): string {
    const ports = this.#policies.get(jail)?.ports ?? [];
    return portScope(ports.map((number) => ({ protocol: "tcp", number })));
  }

  /** Checks invariant 3: no ban outlasts its end. */
  #checkExpiry({ at, bans }: Observation): void {
    if (at < this.#comparesClockBy) return;
    for (const { subject, until } of bans) {
      const over = at - Math.max(until, this.#startedAt);
      if (over > SLACK) this.#break("expiry", `the ban of ${subject} ended ${over} ms ago`);
    }
  }

  /** Checks invariant 7 for resources that are not queues. */
  #checkBounds(): void {
    const { files, process } = this.#world;
    const counts = [
      { what: "open files", count: files.openCount, most: MAX_OPEN_FILES },
      { what: "watches", count: files.watchCount, most: MAX_WATCHES },
      { what: "timers", count: process?.timers ?? 0, most: MAX_TIMERS },
    ];
    for (const { what, count, most } of counts)
      if (count > most) this.#break("bounded", `${count} ${what}`);
  }
}
