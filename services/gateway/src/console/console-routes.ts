import type { FastifyReply } from "fastify";
import { appError } from "../errors.ts";
import type { Admission } from "../http/admission.ts";
import type { Routes } from "../http/http-server.ts";
import type { ConsoleBundle } from "./bundle-console.ts";
import { sandboxToken } from "./sandbox-token.ts";

type ConsoleRoutesOptions = {
  readonly bundle: ConsoleBundle;
  readonly admission: Admission;
  /** The sandbox's endpoint for tokens. Undefined: there is none. */
  readonly sandboxTokenUrl: string | undefined;
  /** The identity server that operators sign in at. Undefined: there is none, and they paste a token. */
  readonly oidc: OidcSettings | undefined;
};

/** A public client at an OpenID Connect server. Nothing of it is secret. */
type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly resource?: string | undefined;
};

/** The page's own addresses, so that each can be opened and sent on. */
const pages = [
  "/orders",
  "/orders/:orderId",
  "/dead-letters",
  "/dead-letters/:service/:id",
  "/stuck",
  "/webhooks",
  "/webhooks/:endpointId",
  "/audit",
  "/find/:id",
  "/signed-in",
];

/**
 * Serves the operator console at /console/. The page has no secret: what it shows is what the signed-in caller's token
 * gets from the services.
 */
export function consoleRoutes({ bundle, admission, sandboxTokenUrl, oidc }: ConsoleRoutesOptions): Routes {
  const contentSecurityPolicy = contentSecurityPolicyFor(oidc);
  return (app, _, done) => {
    app.addHook("onRequest", async ({ ip }, reply) => {
      await admission.admitAddress(ip);
      void reply.headers({
        "content-security-policy": contentSecurityPolicy,
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
      });
    });
    const sendPage = (_: unknown, reply: FastifyReply) =>
      reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(bundle.page);

    app.get("/console", (_, reply) => reply.redirect("/console/", 308));
    app.get("/console/", sendPage);
    for (const page of pages) app.get(`/console${page}`, sendPage);
    app.get<{ Params: { name: string } }>("/console/assets/:name", ({ params: { name }, headers }, reply) => {
      const asset = bundle.assets.get(name);
      if (!asset) throw appError("ROUTE_NOT_FOUND", "the console has no such file: load the page again");
      void reply
        .type(asset.type)
        .headers({ "cache-control": "public, max-age=31536000, immutable", vary: "accept-encoding" });
      if (!/\bgzip\b/.test(headers["accept-encoding"] ?? "")) return reply.send(asset.body);
      return reply.header("content-encoding", "gzip").send(asset.gzipped);
    });
    app.get("/console/settings", () => ({ sandbox: sandboxTokenUrl !== undefined, oidc }));
    app.get("/console/caller", async ({ headers }) => {
      const { id, role } = await admission.admitCaller(headers.authorization);
      return { id, role };
    });
    if (sandboxTokenUrl !== undefined)
      // A POST: no page elsewhere can read its response, and no link can start it.
      app.post("/console/sandbox-token", async ({ query }, reply) =>
        reply.type("text/plain").send(await sandboxToken(sandboxTokenUrl, query)),
      );
    done();
  };
}

/** Nothing from elsewhere but the identity server's responses, no inline script or style, no frame around the page. */
function contentSecurityPolicyFor(oidc: OidcSettings | undefined): string {
  const identityServer = oidc ? ` ${new URL(oidc.issuer).origin}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${identityServer}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
