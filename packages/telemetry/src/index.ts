export { hasCardNumber, isBareCardNumber } from "./card-numbers.ts";
export { listenFailure, PortTaken } from "./listen-failure.ts";
export { createLog } from "./log.ts";
export type { Log } from "./log.ts";
export { createMetrics } from "./metrics.ts";
export type { Metrics } from "./metrics.ts";
export { addressOf, reportStart } from "./report-start.ts";
export { serveMetrics } from "./serve-metrics.ts";
