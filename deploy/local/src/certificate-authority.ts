import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate and its key, as PEM files. */
export type CertificateFiles = { readonly cert: string; readonly key: string };

/** A certificate authority of one folder, for certificates of this machine. */
export type CertificateAuthority = {
  /** Its own certificate, as a PEM file. */
  readonly ca: string;
  /** Issues a certificate for localhost and 127.0.0.1, for servers and for clients. */
  issue(name: string, validUntil?: Date): Promise<CertificateFiles>;
};

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const weekMs = 7 * 24 * 60 * 60_000;

/** Makes an authority with a key of its own, with `openssl`. Nothing but this folder trusts it. */
export async function createCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  await mkdir(folder, { recursive: true });
  const [ca, caKey, settings] = ["ca.pem", "ca-key.pem", "openssl.cnf"].map((file) => join(folder, file));
  await writeFile(join(folder, "index.txt"), "");
  await writeFile(join(folder, "serial"), "01\n");
  await writeFile(settings!, opensslSettings(folder));
  await openssl(
    "req",
    "-x509",
    ...newKey,
    "-days",
    "8",
    "-subj",
    "/CN=Till test CA",
    "-keyout",
    caKey!,
    "-out",
    ca!,
  );

  let issuing: Promise<unknown> = Promise.resolve();
  async function issueNow(name: string, validUntil: Date): Promise<CertificateFiles> {
    const [cert, key, request] = [`${name}.pem`, `${name}-key.pem`, `${name}.csr`].map((file) =>
      join(folder, file),
    );
    const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    await openssl(
      "req",
      "-new",
      ...newKey,
      "-subj",
      `/CN=${name}`,
      "-addext",
      names,
      "-keyout",
      key!,
      "-out",
      request!,
    );
    await openssl(
      ...["ca", "-config", settings!, "-batch", "-notext", "-keyfile", caKey!, "-cert", ca!],
      ...["-in", request!, "-out", cert!, "-startdate", opensslTime(new Date(Date.now() - 60_000))],
      ...["-enddate", opensslTime(validUntil)],
    );
    await chmod(key!, 0o600);
    return { cert: cert!, key: key! };
  }
  return {
    ca: ca!,
    /** One after the other: openssl keeps a list of what it has issued. */
    issue(name, validUntil = new Date(Date.now() + weekMs)) {
      const issued = issuing.then(() => issueNow(name, validUntil));
      issuing = issued.catch(() => undefined); // its caller handles it
      return issued;
    },
  };
}

async function openssl(...args: readonly string[]): Promise<void> {
  try {
    await run("openssl", args);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new Error(`openssl ${args[0]} failed: ${message}`, { cause });
    throw new Error("openssl is not on the PATH (Debian: apt-get install openssl)", { cause });
  }
}

/** YYYYMMDDHHMMSSZ */
function opensslTime(at: Date): string {
  return at.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
}

function opensslSettings(folder: string): string {
  return `[ca]
default_ca = authority
[authority]
database = ${folder}/index.txt
serial = ${folder}/serial
new_certs_dir = ${folder}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth,clientAuth
`;
}
