import { createServer } from "node:net";
import { failed, ok, reasonOf, warn, type CheckResult } from "./check-result.ts";

/** Looks whether the service could listen there. */
export function checkPort(variable: string, host: string, port: number): Promise<CheckResult> {
  const [check, address] = [`port ${variable}`, `${host}:${port}`];
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isInUse = error.code === "EADDRINUSE";
      const remedy = `free it, or set ${variable}; nothing is to be done if it is the service itself`;
      resolve(
        isInUse
          ? warn(check, `${address} is in use`, remedy)
          : failed(check, `${address}: ${reasonOf(error)}`, `correct TILL_HOST or ${variable}`),
      );
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => resolve(ok(check, `${address} is free`)));
    });
  });
}
