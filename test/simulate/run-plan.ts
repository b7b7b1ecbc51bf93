/** Runs a plan to its end, or to the first difference between what the daemon shows and what must be. */
import { createHash } from "node:crypto";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
import type { Difference, Happening, Observation, ReferenceModel } from "./happenings.ts";
import { Invariants } from "./invariants.ts";
import { observe } from "./observe.ts";
import type { Plan } from "./plan/step.ts";
import { createRandom } from "./random.ts";
import { takeStep } from "./take-step.ts";
import { World } from "./world/world.ts";

export interface RunOptions {
  readonly plan: Plan;
  /** undefined: only the invariants are checked. */
  readonly model: ReferenceModel | undefined;
  /** Called for each line of the event log, for people who examine a failure. */
  readonly onLine?: (line: string) => void;
}

export interface Outcome {
  /** Hash of the event log: equal for equal runs. */
  readonly hash: string;
  readonly differences: readonly Difference[];
  /** Number of steps that were taken. */
  readonly steps: number;
  /** Simulated milliseconds. */
  readonly simulated: number;
  readonly observations: number;
}

/** Maximum time between two observations, in milliseconds. */
const LOOK_EVERY = 60_000;

export async function runPlan(options: RunOptions): Promise<Outcome> {
  const run = new Run(options);
  try {
    return await run.toEnd();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #hash = createHash("sha256");
  readonly #world: World;
  readonly #invariants: Invariants;
  readonly #differences: Difference[] = [];
  readonly #onRejection = (error: unknown): void => this.#invariants.rejected(error);
  readonly #counters = { logins: 0 };
  #observations = 0;
  #steps = 0;
  /** Whether something happened since the last observation. */
  #isChanged = true;
  #revision = 0;
  #observedAt = 0;
  #isOver = false;

  constructor(options: RunOptions) {
    this.#options = options;
    const { plan } = options;
    this.#world = new World({
      random: createRandom(plan.seed).stream("world"),
      ...{
        style: plan.style,
        logs: plan.logs,
        zone: plan.zone,
        skew: plan.skew,
        jails: plan.jails,
      },
      onHappening: (happening) => this.#happened(happening),
      onEvent: (event) => this.#emitted(event),
      onAdd: (block) => this.#invariants.added(block),
    });
    this.#invariants = new Invariants(this.#world);
    process.on("unhandledRejection", this.#onRejection);
  }

  async toEnd(): Promise<Outcome> {
    const { plan } = this.#options;
    await this.#world.start();
    await this.#settle();
    for (const { at, action } of plan.steps) {
      await this.#passTo(at);
      if (this.#differences.length > 0) break;
      this.#note(`step ${JSON.stringify(action)}`);
      await takeStep(this.#world, action, this.#counters);
      this.#isChanged = true;
      await this.#settle();
      this.#steps++;
    }
    if (this.#differences.length === 0) await this.#passTo(plan.days * 86_400_000);
    this.#isOver = true;
    return {
      hash: this.#hash.digest("hex").slice(0, 16),
      differences: this.#differences,
      steps: this.#steps,
      simulated: this.#world.now,
      observations: this.#observations,
    };
  }

  async #passTo(target: number): Promise<void> {
    const { clock } = this.#world;
    while (clock.elapsed < target && this.#differences.length === 0) {
      const next = Math.min(target, clock.elapsed + LOOK_EVERY);
      await clock.passTo(next, () => this.#settle());
      if (clock.elapsed - this.#observedAt >= LOOK_EVERY) this.#observe();
    }
  }

  async #settle(): Promise<void> {
    await this.#world.settle();
    const { revision } = this.#world.kernel;
    if (!this.#isChanged && revision === this.#revision) return;
    this.#observe();
  }

  #observe(): void {
    if (this.#world.orders.size > 0) return;
    this.#isChanged = false;
    this.#revision = this.#world.kernel.revision;
    this.#observedAt = this.#world.now;
    this.#observations++;
    const isRunning = (): boolean => this.#world.process?.isRunning === true;
    const before = isRunning();
    const observation = observe(this.#world);
    // Asking for a state uses ports, so a crash can come even there: then the answers are not of one moment.
    if (isRunning() !== before) {
      this.#isChanged = true;
      return;
    }
    this.#note(`observed ${JSON.stringify(observation)}`);
    this.#judge(observation);
  }

  #judge(observation: Observation): void {
    const broken = this.#invariants.observed(observation);
    const parted = this.#options.model?.observed(observation) ?? [];
    this.#differences.push(...broken, ...parted);
  }

  #happened(happening: Happening): void {
    this.#isChanged = true;
    this.#note(`happened ${JSON.stringify(happening)}`);
    this.#invariants.happened(happening);
    this.#options.model?.happened(happening);
  }

  #emitted(event: TelemetryEvent): void {
    this.#isChanged = true;
    this.#note(`event ${JSON.stringify(event)}`);
    this.#invariants.event(event);
  }

  #note(line: string): void {
    if (this.#isOver) return;
    // Removes the path of the configuration, which is another one in each run.
    const stamped = `${this.#world.now} ${line.replaceAll(this.#world.folder, "")}`;
    this.#hash.update(`${stamped}\n`);
    this.#options.onLine?.(stamped);
  }

  async close(): Promise<void> {
    try {
      await this.#world.close();
    } finally {
      process.off("unhandledRejection", this.#onRejection);
    }
  }
}
