import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
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
  // Before the body is read: what it is like does not matter then.
  app.addHook("onRequest", (request, reply, done) => {
    if (request.is404) rejectRoute(request, reply, methodsOf, done);
    else done();
  });
}

function rejectRoute(
  { url }: FastifyRequest,
  reply: FastifyReply,
  methodsOf: ReadonlyMap<string, ReadonlySet<string>>,
  done: (error: Error) => void,
): void {
  const path = url.split("?", 1)[0]!;
  const allowed = [...methodsOf].flatMap(([route, methods]) =>
    patternOf(route).test(path) ? [...methods] : [],
  );
  if (allowed.length === 0) {
    done(appError("ROUTE_NOT_FOUND", "there is no such path; GET /docs lists them"));
    return;
  }
  void reply.header("allow", allowed.join(", "));
  done(appError("METHOD_NOT_ALLOWED", `this path has ${allowed.join(", ")}`));
}

/** The paths of a route: `/orders/:orderId` has any text without a slash for its parameter. */
function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : part.replaceAll(".", "\\.")));
  return new RegExp(`^${parts.join("/")}$`);
}
