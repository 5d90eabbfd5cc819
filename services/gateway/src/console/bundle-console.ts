import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** A file of the console, as a browser gets it. */
type Asset = { readonly type: string; readonly body: Buffer; readonly gzipped: Buffer };

/** The console: its page, and its files by their name, which has a hash of their content. */
export type ConsoleBundle = { readonly page: Buffer; readonly assets: ReadonlyMap<string, Asset> };

const source = join(import.meta.dirname, "../../console");
let bundled: Promise<ConsoleBundle> | undefined;

/** Bundles the console in memory, once a process: nothing that is built is kept. */
export function bundleConsole(): Promise<ConsoleBundle> {
  return (bundled ??= bundle());
}

async function bundle(): Promise<ConsoleBundle> {
  const { outputFiles } = await build({
    entryPoints: [join(source, "main.tsx"), join(source, "console.css")],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "silent",
    minify: true,
    outdir: source,
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ name: basename(path), body: Buffer.from(contents) })),
    { name: "icon.svg", body: await readFile(join(source, "icon.svg")) },
  ];
  let page = await readFile(join(source, "index.html"), "utf8");
  const assets = new Map<string, Asset>();
  for (const { name, body } of files) {
    const hashed = hashedName(name, body);
    page = page.replaceAll(`"./${name}"`, `"/console/assets/${hashed}"`);
    assets.set(hashed, { type: types[extname(name)]!, body, gzipped: gzipSync(body, { level: 9 }) });
  }
  return { page: Buffer.from(page), assets };
}

function hashedName(name: string, body: Buffer): string {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 16);
  const extension = extname(name);
  return `${basename(name, extension)}-${hash}${extension}`;
}

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
