import { chargesSuite } from "./charges-suite.ts";
import { ledgerSuite } from "./ledger-suite.ts";
import { noResponseSuite } from "./no-response-suite.ts";
import { operationsSuite } from "./operations-suite.ts";
import { startSubject, type ProviderUnderTest, type Subject } from "./provider-under-test.ts";
import { webhooksSuite } from "./webhooks-suite.ts";

/**
 * Declares what an adapter of the provider port promises, as tests: the payment service relies on each of them.
 * docs/provider-adapter.md says how to run them against an adapter of your own.
 */
export function describeProvider(underTest: ProviderUnderTest): void {
  describe(`The ${underTest.name} adapter, as any provider's,`, () => {
    let started: Subject | undefined;
    before(async () => {
      started = await startSubject(underTest);
    });
    after(() => started?.close());
    afterEach(() => started?.proxy.intercept(undefined));
    const subject = () => started!;
    chargesSuite(underTest, subject);
    operationsSuite(underTest, subject);
    noResponseSuite(underTest, subject);
    ledgerSuite(underTest, subject);
    webhooksSuite(underTest);
  });
}
