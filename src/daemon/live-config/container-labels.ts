/** Follows the labels of running containers, and reports once each label that names no service. */
import type { Config } from "../../config/config.ts";
import type { LabeledServices } from "../../jails/labeled-containers.ts";
import type { Emit } from "../../telemetry/events.ts";

/** Maximum number of containers whose ignored labels are remembered. */
const MAX_REPORTED = 4096;

export class ContainerLabels {
  readonly #emit: Emit;
  readonly #reported = new Set<string>();
  #key: string | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Notes the labels of the configuration in force. */
  use(labeled: LabeledServices | undefined): void {
    this.#key = labeled?.key;
    for (const { container, service, reason } of labeled?.ignored ?? []) {
      const report = JSON.stringify([container, service]);
      if (this.#reported.has(report) || this.#reported.size >= MAX_REPORTED) continue;
      this.#reported.add(report);
      this.#emit({ event: "label-ignored", container, service, reason });
    }
  }

  /** Returns the services that containers name now; undefined: the labels are the same. */
  async look(config: Config): Promise<LabeledServices | undefined> {
    if (!config.containers.discover) return undefined;
    const { findLabeledServices, labelKey } = await import("../../jails/labeled-containers.ts");
    if (labelKey(config) === this.#key) return undefined;
    const labeled = await findLabeledServices(config);
    this.use(labeled);
    return labeled;
  }
}
