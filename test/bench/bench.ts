import type { Server } from "./databases.ts";
import type { MeasuredLoad } from "./measure-load.ts";
import type { Sandbox } from "./services.ts";

/** What every part of a run shares. */
export type Bench = {
  readonly server: Server;
  readonly sandbox: Sandbox;
  readonly times: { readonly warmUpMs: number; readonly measuredMs: number };
  /** For Node, when it runs what is measured; for profiles. */
  readonly nodeOptions: readonly string[];
  readonly log: (line: string) => void;
  readonly report: (name: string, run: MeasuredLoad) => void;
  /** Notes what is wrong; the run goes on and fails in the end. */
  readonly require: (isSo: boolean, otherwise: string) => void;
};
