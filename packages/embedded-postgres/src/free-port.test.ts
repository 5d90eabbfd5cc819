import { expect } from "chai";
import { freePort } from "./free-port.ts";

describe("A free port", () => {
  it("is given to one caller only, even before that caller listens on it", async () => {
    const ports = new Set<number>();
    for (let count = 0; count < 500; count += 1) ports.add(await freePort());
    expect(ports.size).to.equal(500);
  });
});
