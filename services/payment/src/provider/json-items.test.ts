import { expect } from "chai";
import fc from "fast-check";
import { jsonItems } from "./json-items.ts";

describe("the items of a list that arrives in pieces", () => {
  it("come whole, wherever it was cut and whatever they contain", async () => {
    const item = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.constantFrom('{"', '\\"}', "]", '"'), fc.integer()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item), fc.integer({ min: 1, max: 9 }), async (items, size) => {
        const expected = JSON.parse(JSON.stringify(items)) as unknown;
        expect(await read(cut(JSON.stringify({ entries: items }), size))).to.deep.equal(expected);
      }),
    );
  });

  for (const [what, text] of Object.entries({
    "that breaks off": '{"entries":[{"a":1},',
    "that breaks off within an item": '{"entries":[{"a":1},{"b":',
    "under another name": '{"items":[{"a":1}]}',
    "that is no list": '{"entries":{"a":1}}',
    "of something else": '{"entries":[1,2]}',
    "that is nothing": "",
  })) {
    it(`are not taken from a list ${what}`, async () => {
      const failure: unknown = await read(cut(text, 5)).catch((error: unknown) => error);
      expect(failure).to.be.an("error");
    });
  }

  it("are refused where one of them is endless", async () => {
    const failure: unknown = await read(cut(`{"entries":[{"a":"${"x".repeat(200_000)}`, 1_000)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.an("error").with.property("message", "an item of the list is too long");
  });
});

async function read(pieces: AsyncIterable<string>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of jsonItems(pieces, "entries")) items.push(item);
  return items;
}

// eslint-disable-next-line @typescript-eslint/require-await -- pieces that arrive one by one
async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
