import { createClient } from "@connectrpc/connect";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { grpcTransport, tokenFrom } from "@till/rpc/client";
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failureOf } from "../../../test/support/failure-of.ts";
import type { Sandbox, SandboxOptions } from "../src/sandbox.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";

const course = "018f0000-0000-7000-8000-0000000000c1";

describe("a service whose token is from before a restart of the sandbox", () => {
  let folder: string;
  let sandbox: Sandbox;
  let later: number;
  const opened = new Set<{ close(): void }>();
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-keys-"))));
  beforeEach(() => (later = 0));
  afterEach(async () => {
    opened.forEach((transport) => transport.close());
    await sandbox.close();
  });
  after(() => rm(folder, { recursive: true }));

  async function restart(options: Partial<SandboxOptions> = {}): Promise<void> {
    const { grpcPort, httpPort } = sandbox;
    await sandbox.close();
    sandbox = await startTestSandbox({ grpcPort, httpPort, ...options });
    later += 60_000;
  }

  function coursesWith(token: () => Promise<string>) {
    const transport = grpcTransport({ address: `127.0.0.1:${sandbox.grpcPort}`, token });
    opened.add(transport);
    return createClient(CourseService, transport);
  }

  const serviceToken = () =>
    tokenFrom({ url: `${sandbox.tokenUrl}?user=till-order&role=service` }, () => Date.now() + later);

  it("fetches a new token at once", async () => {
    sandbox = await startTestSandbox();
    const token = serviceToken();
    const courses = coursesWith(token);
    await courses.batchGetCourses({ courseIds: [course] });
    const before = await token();
    await restart();
    const calls = Array.from({ length: 10 }, () => courses.batchGetCourses({ courseIds: [course] }));
    for (const { courses: found } of await Promise.all(calls)) expect(found).to.have.length(1);
    expect(await token()).not.to.equal(before);
  });

  it("keeps using its token where the sandbox has a journal", async () => {
    const journal = join(folder, "journal");
    sandbox = await startTestSandbox({ journal });
    const keys = async () => (await fetch(sandbox.jwksUrl)).text();
    const published = await keys();
    const token = await serviceToken()();
    await restart({ journal });
    const { courses } = await coursesWith(() => Promise.resolve(token)).batchGetCourses({
      courseIds: [course],
    });
    expect(courses).to.have.length(1);
    expect(await keys()).to.equal(published);
    await restart();
    expect(await keys()).not.to.equal(published);
  });

  it("gets UNAUTHENTICATED where no other token is available", async () => {
    sandbox = await startTestSandbox();
    const token = await serviceToken()();
    await restart();
    const failure = await failureOf(
      coursesWith(() => Promise.resolve(token)).batchGetCourses({ courseIds: [course] }),
    );
    expect(failure.rawMessage).to.equal("the token is not valid");
  });
});
