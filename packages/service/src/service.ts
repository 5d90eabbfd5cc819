export { openDatabase } from "./open-database.ts";
export { serveService } from "./serve-service.ts";
export type { RunningService, ServiceOptions } from "./service-options.ts";
