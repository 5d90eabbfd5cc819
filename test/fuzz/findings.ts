/** Something that is wrong, and what repeats it. */
export type Finding = {
  /** Its kind: findings of one kind are counted, and the first few shown. */
  readonly kind: string;
  readonly what: string;
};

/** Collects findings; the same one again and again is counted. */
export class Findings {
  readonly #byKind = new Map<string, Finding[]>();
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(finding: Finding): void {
    const known = this.#byKind.get(finding.kind) ?? [];
    this.#byKind.set(finding.kind, [...known, finding]);
    if (known.length < shown) this.#log(`FINDING ${finding.kind}\n    ${finding.what}`);
  }

  get count(): number {
    return [...this.#byKind.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** One line a kind, with an example. */
  *lines(): Generator<string> {
    for (const [kind, [first, ...more]] of this.#byKind)
      yield `${kind} (${more.length + 1} times), such as\n    ${first!.what}`;
  }
}

const shown = 3;
