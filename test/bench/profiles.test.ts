import { expect } from "chai";
import { summaryOf } from "./profiles.ts";

describe("The summary of CPU profiles", () => {
  const frames: readonly (readonly [functionName: string, url: string])[] = [
    ["(root)", ""],
    ["(idle)", ""],
    ["(garbage collector)", ""],
    ["writev", ""],
    ["onStreamRead", "node:internal/stream_base_commons"],
    ["query", "file:///till/node_modules/pg/lib/client.js"],
    ["", "file:///till/node_modules/@grpc/grpc-js/build/src/call.js"],
    ["inBatches", "file:///till/packages/postgres/src/batches.ts"],
  ];
  const nodes = frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } }));

  it("has the self time of packages, Node's modules and native work, as shares of the busy time", () => {
    const samples = [1, 2, 3, 4, 5, 5, 6, 7, 1];
    const timeDeltas = [0, 900_000, 400_000, 100_000, 100_000, 100_000, 100_000, 100_000, 100_000];
    const { busySeconds, groups } = summaryOf([{ nodes, samples, timeDeltas }]);
    expect(busySeconds).to.equal(1);
    expect(groups).to.deep.equal([
      { name: "(garbage collector)", percent: 40 },
      { name: "pg", percent: 20 },
      { name: "native functions", percent: 10 },
      { name: "node:stream_base_commons", percent: 10 },
      { name: "@grpc/grpc-js", percent: 10 },
      { name: "packages/postgres", percent: 10 },
    ]);
  });

  it("adds up the profiles of one process", () => {
    const profile = { nodes, samples: [5, 7], timeDeltas: [0, 300_000, 0] };
    const other = { nodes, samples: [7, 7], timeDeltas: [0, 700_000] };
    expect(summaryOf([profile, other]).functions).to.deep.equal([
      { name: "inBatches, packages/postgres", percent: 70 },
      { name: "query, pg", percent: 30 },
    ]);
  });
});
