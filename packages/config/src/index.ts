export { ConfigError, readConfig } from "./read-config.ts";
