import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { watchHistory, type Place, type Step, type WatchedHistory } from "./watch-history.ts";

type Entry = Step & { readonly key: string };

describe("watchHistory", () => {
  let histories: Record<string, number[]>;
  let polls: (readonly Place<string>[])[];
  let outage: Error | undefined;
  let watched: WatchedHistory<string, Entry>;
  const log = createLog({ service: "test", level: "silent" });

  /** Two entries a version, and at most three entries a poll: a version may come in two parts. */
  const poll = (places: readonly Place<string>[]): Promise<Entry[]> => {
    polls.push(places);
    if (outage) return Promise.reject(outage);
    const found = places.map(({ key, version, position }, index) =>
      (histories[key] ?? [])
        .flatMap((at) => [1, 2].map((part) => ({ key, ord: index + 1, version: at, position: part })))
        .filter(
          (entry) => entry.version > version || (entry.version === version && entry.position > position),
        )
        .slice(0, 3),
    );
    return Promise.resolve(found.flat());
  };

  beforeEach(() => {
    histories = {};
    polls = [];
    outage = undefined;
    watched = watchHistory({ poll, log, everyMs: 20 });
  });
  afterEach(() => watched.close());

  /** Watches in the background; `stop` ends it and waits for its end. */
  function follow(key: string, afterVersion = 0) {
    const hangUp = new AbortController();
    const seen: string[] = [];
    const done = (async () => {
      for await (const entry of watched.watch(key, afterVersion, hangUp.signal))
        seen.push(`${entry.version}.${entry.position}`);
    })();
    return { seen, stop: () => (hangUp.abort(), done) };
  }

  it("yields every entry after a version once and in order, however many come at a time", async () => {
    histories.a = [1, 2, 3];
    const watcher = follow("a", 1);
    await eventually(() => watcher.seen.length === 4);
    histories.a.push(4, 5);
    await eventually(() => watcher.seen.length === 8);
    expect(watcher.seen).to.deep.equal(["2.1", "2.2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2"]);
    await watcher.stop();
  });

  it("polls once for all watchers, and not at all while there are none", async () => {
    const watchers = ["a", "b", "c"].map((key) => follow(key));
    await eventually(() => polls.at(-1)?.length === 3);
    histories.b = [1];
    await eventually(() => watchers[1]!.seen.length === 2);
    expect([watchers[0]!.seen, watchers[2]!.seen]).to.deep.equal([[], []]);
    await Promise.all(watchers.map(({ stop }) => stop()));
    watched.notify();
    const pollsSoFar = polls.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(polls.length).to.be.at.most(pollsSoFar + 1);
  });

  it("looks at once when it is woken", async () => {
    await watched.close();
    watched = watchHistory({ poll, log, everyMs: 60_000 });
    const watcher = follow("a");
    await eventually(() => polls.length > 0);
    histories.a = [1];
    await eventually(() => (watched.notify(), watcher.seen.length === 2));
    await watcher.stop();
  });

  it("does not poll for a watcher that is busy with its entries", async () => {
    histories.a = [1];
    const hangUp = new AbortController();
    const slow = watched.watch("a", 0, hangUp.signal)[Symbol.asyncIterator]();
    await slow.next();
    const other = follow("b");
    await eventually(() => polls.length > 3);
    expect(
      polls
        .slice(1)
        .flat()
        .map(({ key }) => key),
    ).to.not.include("a");
    hangUp.abort();
    await other.stop();
  });

  it("goes on where it was after the database was away", async () => {
    const watcher = follow("a");
    outage = new Error("the database is away");
    await eventually(() => polls.length > 2);
    histories.a = [1];
    outage = undefined;
    await eventually(() => watcher.seen.length === 2);
    await watcher.stop();
  });

  it("ends its watchers when it is closed", async () => {
    const watcher = follow("a");
    await eventually(() => polls.length > 0);
    await watched.close();
    await watcher.stop();
  });
});
