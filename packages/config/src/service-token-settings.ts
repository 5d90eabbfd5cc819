import { z } from "zod";
import { ConfigError } from "./read-config.ts";

/** The variables that say where a service gets the token with which it calls others; without any, at the sandbox. */
export function serviceTokenVariables(sandboxUrl: string) {
  return {
    TILL_SERVICE_TOKEN_URL: z
      .url()
      .transform((url) => ({ url, isSandbox: false }))
      .default({ url: sandboxUrl, isSandbox: true }),
    TILL_SERVICE_CLIENT_ID: z.string().optional(),
    TILL_SERVICE_CLIENT_SECRET: z.string().optional(),
    TILL_SERVICE_SCOPE: z.string().optional(),
    TILL_SERVICE_AUDIENCE: z.string().optional(),
  };
}

type ServiceTokenVariables = z.output<z.ZodObject<ReturnType<typeof serviceTokenVariables>>>;

/** Those variables as a service uses them. Throws a ConfigError where a client's secret or token endpoint is missing. */
export function serviceTokenSettings(read: ServiceTokenVariables) {
  const { url, isSandbox } = read.TILL_SERVICE_TOKEN_URL;
  const { TILL_SERVICE_CLIENT_ID: id, TILL_SERVICE_CLIENT_SECRET: secret } = read;
  if (id === undefined && secret === undefined) return { url };
  const problems = [
    ...(id === undefined ? ["TILL_SERVICE_CLIENT_ID is missing (there is a secret for it)"] : []),
    ...(secret === undefined ? ["TILL_SERVICE_CLIENT_SECRET is missing (there is a client)"] : []),
    ...(isSandbox ? ["TILL_SERVICE_TOKEN_URL is missing (the token endpoint of the client's issuer)"] : []),
  ];
  if (id === undefined || secret === undefined || problems.length > 0) throw new ConfigError(problems);
  const { TILL_SERVICE_SCOPE: scope, TILL_SERVICE_AUDIENCE: audience } = read;
  return { url, client: { id, secret, scope, audience } };
}
