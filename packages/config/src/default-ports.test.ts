import { expect } from "chai";
import { defaultPorts } from "./default-ports.ts";

describe("TILL_PORT_OFFSET", () => {
  it("moves every default port by as much", () => {
    const [here, moved] = [defaultPorts({}), defaultPorts({ TILL_PORT_OFFSET: "100" })];
    for (const [server, port] of Object.entries(here)) expect(moved).to.have.property(server, port + 100);
  });

  it("is named in a line when it is no number or leaves no ports", () => {
    for (const offset of ["ten", "-1", "1.5", "20000"])
      expect(() => defaultPorts({ TILL_PORT_OFFSET: offset })).to.throw(/\n {2}TILL_PORT_OFFSET: [^\n]+$/);
  });
});
