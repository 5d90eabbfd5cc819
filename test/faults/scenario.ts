/** What a scenario measured, and what it found wrong. */
export type Verdict = { readonly figures: readonly string[]; readonly problems: readonly string[] };

/** A fault or an attack, with the system that it happens to. */
export type Scenario<System> = {
  readonly name: string;
  readonly about: string;
  readonly run: (system: System) => Promise<Verdict>;
};
