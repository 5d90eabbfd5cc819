import { expect } from "chai";
import { build } from "esbuild";
import { join } from "node:path";

describe("The client for browsers", () => {
  const bundle = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [join(import.meta.dirname, "../src", entry)],
      ...{ bundle: true, platform: "browser", format: "esm", minify: true, write: false, metafile: true },
    });
    return metafile;
  };

  it("bundles without grpc-js and without a module of Node", async () => {
    const { inputs, outputs } = await bundle("web.ts");
    const foreign = Object.keys(inputs).filter((path) => /grpc-js|(^|\/)node:|packages\/rpc\//.test(path));
    expect(foreign).to.deep.equal([]);
    const imports = Object.values(outputs).flatMap((output) => output.imports);
    expect(imports).to.deep.equal([]);
  });

  it("has a verifier of webhooks that needs nothing else", async () => {
    const { inputs } = await bundle("webhooks.ts");
    const foreign = Object.keys(inputs).filter((path) => !/(^|\/)src\/[^/]*webhook[^/]*\.ts$/.test(path));
    expect(foreign).to.deep.equal([]);
  });
});
