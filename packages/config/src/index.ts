export { ConfigError, readConfig } from "./read-config.ts";
export { serviceSettings, serviceVariables } from "./service-settings.ts";
