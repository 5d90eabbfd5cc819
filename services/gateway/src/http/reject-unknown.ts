import type { FastifyInstance } from "fastify";
import { appError } from "../errors.ts";

/**
 * Rejects what none of the routes registered after it serves: METHOD_NOT_ALLOWED where the path has another method, else
 * ROUTE_NOT_FOUND.
 */
export function rejectUnknown(app: FastifyInstance): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    methodsOf.set(url, methods);
    for (const name of [method].flat()) methods.add(name);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0]!;
    const allowed = [...methodsOf].flatMap(([url, methods]) =>
      patternOf(url).test(path) ? [...methods] : [],
    );
    if (allowed.length === 0)
      throw appError("ROUTE_NOT_FOUND", "there is no such path; GET /docs lists them");
    void reply.header("allow", allowed.join(", "));
    throw appError("METHOD_NOT_ALLOWED", `this path has ${allowed.join(", ")}`);
  });
}

/** The paths of a route: `/orders/:orderId` has any text without a slash for its parameter. */
function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : part.replaceAll(".", "\\.")));
  return new RegExp(`^${parts.join("/")}$`);
}
