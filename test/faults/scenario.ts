/** What a scenario measured, and what it found wrong. */
export type Verdict = { readonly figures: readonly string[]; readonly problems: readonly string[] };

/** A fault or an attack, with the system that it happens to. */
export type Scenario<System> = {
  readonly name: string;
  readonly about: string;
  readonly run: (system: System) => Promise<Verdict>;
};

/** What a scenario gets that starts a system of its own. */
export type Alone = {
  readonly log: (line: string) => void;
  /** How long it lasts; left out, as long as it says. */
  readonly seconds: number | undefined;
};
