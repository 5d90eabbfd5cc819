import { watchCertificates } from "@till/rpc/server";
import type { Log } from "@till/telemetry";
import type { FastifyInstance } from "fastify";
import type { Server } from "node:tls";
import { isPem } from "./read-pem.ts";

/** Uses a new certificate for new connections when its files change. Given as PEM, not as files, it stays as it is. */
export function replaceCertificate(
  app: FastifyInstance,
  files: { readonly cert: string; readonly key: string },
  log: Log,
): void {
  if (isPem(files.cert) || isPem(files.key)) return;
  const server = app.server as unknown as Server;
  const onChange: Parameters<typeof watchCertificates>[0]["onChange"] = ({ cert, key }) =>
    server.setSecureContext({ cert, key });
  const watch = watchCertificates({ files, log, onChange });
  app.addHook("onClose", (_app, done) => {
    watch.close();
    done();
  });
}
