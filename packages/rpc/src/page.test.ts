import { expect } from "chai";
import { pageOf } from "./page.ts";

describe("pageOf", () => {
  const tokenAfter = (last: string, count: number) => `${last.slice(0, 1)}${count}`;
  const page = (found: readonly string[], pageSize: number) =>
    pageOf(found, { pageSize, toMessage: (text) => ({ text, nested: [{ text: "n" }] }), tokenAfter });

  it("has a next page where more was read than the page has", () => {
    expect(page(["a", "b", "c"], 3)).to.deep.include({ nextPageToken: "" });
    expect(page(["a", "b", "c"], 2)).to.deep.include({ nextPageToken: "b2" });
    expect(page([], 2)).to.deep.equal({ messages: [], nextPageToken: "" });
  });

  it("ends early before it has 3 MB", () => {
    const large = ["a", "b", "c", "d"].map((letter) => letter.repeat(900_000));
    const { messages, nextPageToken } = page(large, 4);
    expect([messages.length, nextPageToken]).to.deep.equal([3, "c3"]);
    expect(
      page(
        large.map((text) => `${text}${"€".repeat(400_000)}`),
        4,
      ).messages,
    ).to.have.length(1);
  });

  it("has one element at least, however large it is", () => {
    const { messages, nextPageToken } = page(["a".repeat(5_000_000), "b"], 2);
    expect([messages.length, nextPageToken]).to.deep.equal([1, "a1"]);
  });
});
