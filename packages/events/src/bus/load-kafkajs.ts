import type * as Kafkajs from "kafkajs";

/** What kafkajs keeps of a connection's requests, as far as it is touched here. */
type RequestQueue = {
  readonly pending: readonly unknown[];
  /** Epoch milliseconds, or -1. */
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
};

/** No part of what kafkajs documents, so its version is exact. */
const path: string = "kafkajs/src/network/requestQueue/index.js";

/** Loads kafkajs where it is used, so that a system that runs on the local bus does without. */
export async function loadKafkajs(): Promise<typeof Kafkajs.default> {
  const { default: kafkajs } = await import("kafkajs");
  await (loaded ??= endBusyLoop());
  return kafkajs;
}

let loaded: Promise<void> | undefined;

/**
 * Ends a busy loop of kafkajs 2.2.4: after its first response, each connection looks at its waiting requests a thousand times
 * a second, since it sets a timer for the past. Idle, that is three percent of a core. Now it looks where a request waits
 * or the broker throttles.
 */
async function endBusyLoop(): Promise<void> {
  const { default: Queue } = (await import(path)) as {
    readonly default: { readonly prototype: RequestQueue };
  };
  const schedule = Queue.prototype.scheduleCheckPendingRequests;
  Queue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
