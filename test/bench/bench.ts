import type { Server } from "./databases.ts";
import type { CoresUsed } from "./cpu.ts";
import type { Quantiles } from "./load/quantiles.ts";
import type { Sandbox } from "./services.ts";

/** A rate and, where calls were timed, their times. */
export type Measured = Partial<Quantiles> & { readonly perSecond: number };

/** What every part of a run shares. */
export type Bench = {
  readonly server: Server;
  readonly sandbox: Sandbox;
  readonly times: { readonly warmUpMs: number; readonly measuredMs: number };
  /** Where a part's processes write their CPU profiles; undefined: nowhere. */
  readonly profileFolder: (part: string) => string | undefined;
  readonly log: (line: string) => void;
  /** Says at once what was measured, and who used the processors meanwhile. */
  readonly report: (name: string, measured: Measured, cores: CoresUsed | undefined) => void;
  /** Notes what is wrong; the run goes on and fails in the end. */
  readonly require: (isSo: boolean, otherwise: string) => void;
};
