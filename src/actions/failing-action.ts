import type { FailingCommand } from "./command-tally.ts";
import type { FailingDelivery } from "./named/delivery-tally.ts";

/** What fails repeatedly in an action: one of its commands, or its deliveries. */
export type FailingAction = FailingCommand | FailingDelivery;
