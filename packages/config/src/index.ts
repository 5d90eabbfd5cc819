export { defaultPorts, type DefaultPorts } from "./default-ports.ts";
export { ConfigError, readConfig } from "./read-config.ts";
export { databaseVariable, insecureWhere, requiredInsecureVariable, secretVariable } from "./insecure.ts";
export { kafkaSecurity, kafkaSecurityVariables } from "./kafka-security.ts";
export { tracingSettings, tracingVariables } from "./tracing-settings.ts";
export { tlsSettings, tlsVariables } from "./tls-settings.ts";
export { serverSettings, serverVariables, serviceSettings, serviceVariables } from "./service-settings.ts";
