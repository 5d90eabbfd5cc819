import { readConfig } from "@till/config";
import { z } from "zod";

const port = z.coerce.number("must be a port").int("must be a port").min(0).max(65_535);

/** The sandbox's settings, all with a local default. */
export function sandboxConfig(env?: Readonly<Record<string, string | undefined>>) {
  return readConfig(
    z.object({
      TILL_HOST: z.string().default("127.0.0.1"),
      TILL_SANDBOX_PORT: port.default(50_053).describe("gRPC: users and courses"),
      TILL_SANDBOX_HTTP_PORT: port.default(8090).describe("HTTP: tokens and the PSP"),
      TILL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    }),
    env,
  );
}
