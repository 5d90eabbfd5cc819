import { expect } from "chai";
import { argumentsFrom } from "./arguments.ts";

describe("The arguments of npm run reconcile", () => {
  const now = new Date("2026-02-01T12:00:00Z");

  it("are a range, by default the last day without its last minute", () => {
    expect(argumentsFrom([], now)).to.deep.equal({
      from: new Date("2026-01-31T12:00:00Z"),
      until: new Date("2026-02-01T11:59:00Z"),
      repairs: false,
    });
    expect(
      argumentsFrom(["--from", "2026-01-01", "--until=2026-01-02T00:00:00+01:00", "--repair"], now),
    ).to.deep.equal({
      from: new Date("2026-01-01T00:00:00Z"),
      until: new Date("2026-01-01T23:00:00Z"),
      repairs: true,
    });
  });

  it("are rejected when malformed", () => {
    for (const args of [
      ["--from", "yesterday"],
      ["--from", "2026-13-01"],
      ["--until", "2026-01-31"],
      ["now"],
    ])
      expect(() => argumentsFrom(args, now)).to.throw();
  });
});
