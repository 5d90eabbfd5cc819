import type { Routes } from "../http/http-server.ts";
import type { RestRoute } from "../rest/rest-route.ts";
import { docsPage } from "./docs-page.ts";
import { docsStyle } from "./docs-style.ts";
import { openApi } from "./openapi.ts";

/** The page may load its own style, and nothing else. */
const policy = [
  ...["default-src 'none'", "style-src 'self'", "base-uri 'none'"],
  ...["form-action 'none'", "frame-ancestors 'none'"],
].join("; ");

/** GET /openapi.json describes the REST routes; GET /docs is that as a page to read. */
export function docsRoutes(routes: readonly RestRoute[]): Routes {
  const description = openApi(routes);
  const [json, page] = [JSON.stringify(description), docsPage(description)];
  return (app, _, done) => {
    app.get("/openapi.json", (_, reply) => reply.type("application/json").send(Buffer.from(json)));
    app.get("/docs", (_, reply) =>
      reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(page),
    );
    app.get("/docs/style.css", (_, reply) => reply.type("text/css; charset=utf-8").send(docsStyle));
    done();
  };
}
