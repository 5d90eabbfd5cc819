import { expect } from "chai";
import fc from "fast-check";
import type { PartitionerArgs } from "kafkajs";
import { loadKafkajs } from "./load-kafkajs.ts";
import { partitionByKey } from "./partitioner.ts";

describe("partitionByKey", () => {
  it("chooses the partitions of Apache's clients, as kafkajs does", async () => {
    const { Partitioners } = await loadKafkajs();
    const [own, theirs] = [partitionByKey(), Partitioners.DefaultPartitioner()];
    const keys = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 80, unit: "grapheme" }));
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        const metadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 1 }));
        const of = {
          topic: "t",
          partitionMetadata: metadata,
          message: { key, value: "" },
        } as PartitionerArgs;
        expect(own(of)).to.equal(theirs(of));
      }),
      { numRuns: 1_000 },
    );
  });

  it("chooses the partitions that Apache's own tests expect of these keys' hashes", () => {
    const hashes = { 21: -973932308, foobar: -790332482, "a-little-bit-long-string": -985981536 };
    for (const [key, hash] of Object.entries(hashes)) {
      const partitionMetadata = Array.from<PartitionerArgs["partitionMetadata"][number]>({ length: 1_000 });
      const message = { key, value: "" };
      expect(partitionByKey()({ topic: "t", partitionMetadata, message })).to.equal(
        (hash & 0x7fffffff) % 1_000,
      );
    }
  });
});
