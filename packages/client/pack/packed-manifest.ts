import type { Manifest } from "./workspace-manifest.ts";

/** The manifest of the published package: its entry points are compiled, and there is nothing left to build. */
export function packedManifest({ scripts: _, exports, bin = {}, ...manifest }: Manifest): object {
  const entries = Object.entries(exports).map(([name, source]) => {
    const compiled = compiledFrom(source);
    return [name, { types: compiled.replace(/\.js$/, ".d.ts"), default: compiled }] as const;
  });
  const commands = Object.entries(bin).map(([name, source]) => [name, compiledFrom(source)] as const);
  return { ...manifest, exports: Object.fromEntries(entries), bin: Object.fromEntries(commands) };
}

/** The files of `dist` that the published package names: each entry point with its types, and each command. */
export function entriesOf({ exports, bin = {} }: Manifest): string[] {
  const inDist = (source: string) => compiledFrom(source).replace(/^\.\/dist\//, "");
  const entries = Object.values(exports).map(inDist);
  return [
    ...entries,
    ...entries.map((path) => path.replace(/\.js$/, ".d.ts")),
    ...Object.values(bin).map(inDist),
  ];
}

function compiledFrom(source: string): string {
  return source.replace(/^\.\/src\//, "./dist/client/src/").replace(/\.ts$/, ".js");
}
