import type { EventRecord } from "@till/events/bus";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

type AsyncApi = {
  readonly components: { readonly messages: Readonly<Record<string, object>>; readonly schemas: object };
};

/** The file that a service publishes of its events. */
export type EventContractFile = {
  /** Expects that a record as the broker carries it, headers and body, is as its message in the file. */
  expectRecord(record: EventRecord): void;
};

/** Reads services/<service>/contracts/<service>-events.yaml. */
export async function readEventContract(service: "order" | "payment"): Promise<EventContractFile> {
  const folder = join(import.meta.dirname, "../../services", service, "contracts");
  const text = await readFile(join(folder, `${service}-events.yaml`), "utf8");
  const { components } = parse(text) as AsyncApi;
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ components }, "contract");
  const types = Object.keys(components.messages);
  return {
    expectRecord({ headers, value }) {
      const type = String(headers["ce_type"]);
      expect(types, "the messages of the contract").to.include(type);
      const message = `contract#/components/messages/${type}`;
      for (const [part, found] of [
        ["headers", headers],
        ["payload", JSON.parse(value)],
      ] as const) {
        const isValid = ajv.validate(`${message}/${part}`, found);
        expect(isValid, `${part} of ${type}: ${ajv.errorsText()}`).to.equal(true);
      }
    },
  };
}
