import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { connect } from "node:tls";
import { promisify } from "node:util";
import {
  createCertificateAuthority,
  type CertificateAuthority,
  type CertificateFiles,
} from "../../../deploy/local/src/certificate-authority.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { grpcTransport, type GrpcTransportOptions } from "../src/client.ts";
import { openTls, type Tls } from "../src/server.ts";
import type { TlsFiles } from "../src/tls.ts";
import { id, userServer, type UserServer } from "./user-server.ts";

const log = createLog({ service: "test", level: "silent" });
const everyMs = 50;

describe("gRPC over TLS", function () {
  this.timeout(60_000);
  let folder: string;
  let authority: CertificateAuthority;
  let server: CertificateFiles;
  let client: CertificateFiles;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "till-tls-"));
    authority = await createCertificateAuthority(join(folder, "authority"));
    [server, client] = [await authority.issue("server"), await authority.issue("client")];
  });
  after(() => rm(folder, { recursive: true }));

  it("is served to clients that trust the authority, and to none that does not or calls in the clear", async () => {
    await using running = await secureServer(server);
    expect(await running.call({ ca: authority.ca })).to.equal("OK");
    expect(await running.call({})).to.equal("UNAVAILABLE");
    expect(await callOf(running.server, { address: running.server.address })).to.equal("UNAVAILABLE");
  });

  it("admits no client without a certificate of the required authority", async () => {
    const other = await createCertificateAuthority(join(folder, "other"));
    await using running = await secureServer({ ...server, clientCa: authority.ca });
    const { ca } = authority;
    expect(await running.call({ ca, ...client })).to.equal("OK");
    expect(await running.call({ ca })).to.equal("UNAVAILABLE");
    expect(await running.call({ ca, ...(await other.issue("client")) })).to.equal("UNAVAILABLE");
  });

  it("is checked for its health with the server's own certificate", async () => {
    await using running = await secureServer({ ...server, clientCa: authority.ca });
    const healthcheck = join(import.meta.dirname, "../../../deploy/healthcheck.ts");
    const check = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)(process.execPath, [healthcheck, running.server.address], { env }).then(
        ({ stdout }) => stdout.trim(),
        ({ stderr }: { stderr: string }) => stderr.trim(),
      );
    const { address } = running.server;
    expect(await check({ TILL_TLS_CERT: server.cert, TILL_TLS_KEY: server.key })).to.equal(
      `${address} is SERVING`,
    );
    expect(await check({})).to.include(`${address} is not reached`);
  });

  it("replaces an expired certificate under load without a failed call", async () => {
    const validUntil = new Date(Math.ceil(Date.now() / 1000) * 1000 + 10_000);
    const mine = await filesOf("server.in-use", await authority.issue("short-server", validUntil));
    const theirs = await filesOf("client.in-use", await authority.issue("short-client", validUntil));
    const old = await filesOf("server.forgotten", mine);
    await using running = await secureServer({ ...mine, clientCa: authority.ca });
    await using forgotten = await secureServer(old, 3_600_000);
    const tls = openTls({ files: { ca: authority.ca, ...theirs }, log, everyMs });

    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const loaded = new AbortController();
    // One channel for all of its calls, and channels of which each makes its own connection.
    const load = [
      running.load(tls, { callsPerChannel: Infinity, count, signal: loaded.signal }),
      ...[1, 2].map(() => running.load(tls, { callsPerChannel: 3, count, signal: loaded.signal })),
    ];
    await eventually(() => expect(outcomes.get("OK")).to.be.greaterThan(20));
    const [before, fresh] = [await serialOf(running.server), await authority.issue("server")];
    // One file after the other, as no file system replaces both at once.
    for (const [from, to] of [
      [fresh.cert, mine.cert],
      [fresh.key, mine.key],
      [client.key, theirs.key],
      [client.cert, theirs.cert],
    ] as const)
      await replace(from, to);
    await eventually(async () => expect(await serialOf(running.server)).not.to.equal(before));
    await eventually(() => expect(Date.now()).to.be.greaterThan(validUntil.getTime()), { timeoutMs: 20_000 });
    const done = outcomes.get("OK")!;
    await eventually(() => expect(outcomes.get("OK")).to.be.greaterThan(done + 50), { timeoutMs: 20_000 });
    loaded.abort();
    await Promise.all(load);
    tls.close();

    expect([...outcomes.keys()]).to.deep.equal(["OK"]);
    expect(await forgotten.call({ ca: authority.ca }), "where it is not replaced").to.equal("UNAVAILABLE");
  });

  it("goes on with the old certificate while a new one cannot be used", async () => {
    const files = await filesOf("damaged", server);
    await using running = await secureServer(files);
    const { ca } = authority;
    for (const damaged of ["", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"]) {
      await writeFile(files.cert, damaged);
      await eventually(() => expect(running.warned()).to.be.greaterThan(0));
      expect(await running.call({ ca })).to.equal("OK");
    }
    await rm(files.cert);
    expect(await running.call({ ca })).to.equal("OK");
  });

  it("is not started with files that are missing or do not belong together", () => {
    const start = (files: Partial<CertificateFiles>) => () => openTls({ files, log });
    expect(start({ cert: join(folder, "none.pem"), key: server.key })).to.throw("none.pem");
    expect(start({ cert: server.cert, key: client.key })).to.throw(
      /server\.pem, .* cannot be used: .*mismatch/,
    );
  });

  async function filesOf(name: string, { cert, key }: CertificateFiles): Promise<CertificateFiles> {
    const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) };
    await copyFile(cert, files.cert);
    await copyFile(key, files.key);
    return files;
  }

  async function replace(from: string, to: string): Promise<void> {
    await copyFile(from, `${to}.new`);
    await rename(`${to}.new`, to);
  }
});

type Load = {
  readonly callsPerChannel: number;
  readonly count: (outcome: string) => void;
  readonly signal: AbortSignal;
};

/** A server with these certificates, and what calls it. */
async function secureServer(files: TlsFiles, lookEveryMs = everyMs) {
  let warnings = 0;
  const destination = new Writable({
    write(chunk, _encoding, done) {
      if (String(chunk).includes("the old certificates stay in use")) warnings += 1;
      done();
    },
  });
  const tls = openTls({ files, log: createLog({ service: "test", destination }), everyMs: lookEveryMs });
  const server = await userServer(() => Promise.resolve({ user: { id } }), { credentials: tls.server });
  const address = `https://localhost:${server.port}`;
  return {
    server,
    warned: () => warnings,
    /** The outcome of one call with these certificates. */
    async call(own: TlsFiles): Promise<string> {
      const client = openTls({ files: own, log });
      const outcome = await callOf(server, { address, credentials: client.client });
      client.close();
      return outcome;
    },
    /** Calls until the signal aborts. */
    async load({ client: credentials }: Tls, { callsPerChannel, count, signal }: Load): Promise<void> {
      while (!signal.aborted) {
        const transport = grpcTransport({ address, credentials, token, retries: false });
        const users = createClient(UserService, transport);
        for (let calls = 0; calls < callsPerChannel && !signal.aborted; calls += 1)
          count(await outcomeOf(users.getUser({ userId: id })));
        transport.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      tls.close();
    },
  };
}

const token = () => Promise.resolve("token-user");

function callOf(server: UserServer, options: Partial<GrpcTransportOptions>): Promise<string> {
  return outcomeOf(server.client({ ...options, retries: false }).getUser({ userId: id }));
}

function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "OK",
    (error: unknown) => Code[ConnectError.from(error).code].toUpperCase(),
  );
}

/** The serial number of the certificate that a server presents to a new connection. */
async function serialOf({ port }: UserServer): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ALPNProtocols: ["h2"], rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}
