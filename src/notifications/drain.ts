/**
 * Brings what PostgreSQL's outbox holds to where it goes, and then takes it out of there. Killed anywhere, it is brought again, which changes nothing:
 * each carrier puts what it is given under the row's own id, if it is not there yet. What nobody can carry stays, and holds up nothing else.
 */

/** A row of the outbox. */
export interface Told {
  user: string;
  /** UUID, version 7. */
  id: string;
  kind: string;
  payload: Record<string, unknown>;
  /** Milliseconds. */
  createdAt: number;
}

export interface Outbox {
  /** The oldest, after `after` when it is given. */
  read(limit: number, after: Told | null): Promise<Told[]>;
  clear(rows: readonly Told[]): Promise<unknown>;
}

/** Idempotent by the row's id. */
export type Carrier = (told: Told) => Promise<void>;

export interface DrainPorts {
  outbox: Outbox;
  carriers: Readonly<Record<string, Carrier>>;
  report(failed: { failed: string; kind: string; id: string; error: unknown }): void;
  /** No page is begun when it says true. */
  isLate?(): boolean;
}

export interface Drained {
  carried: number;
  /** Rows that nobody could carry. */
  left: number;
}

const PAGE = 100;
/** Rows under way at once. */
const ABREAST = 10;

/** Throws what the outbox throws; a row that fails is reported and left. */
export async function drainOutbox(ports: DrainPorts): Promise<Drained> {
  const { outbox, carriers, report } = ports;
  const drained: Drained = { carried: 0, left: 0 };
  let after: Told | null = null;
  for (;;) {
    if (ports.isLate?.()) return drained;
    const page: Told[] = await outbox.read(PAGE, after);
    const carried: Told[] = [];
    const one = async (told: Told) => {
      try {
        const carry = Object.hasOwn(carriers, told.kind) ? carriers[told.kind] : undefined;
        if (carry === undefined) throw new Error(`nobody carries messages of the kind "${told.kind}"`);
        await carry(told);
        carried.push(told);
      } catch (error) {
        report({ failed: "carry", kind: told.kind, id: told.id, error });
      }
    };
    for (let i = 0; i < page.length; i += ABREAST) await Promise.all(page.slice(i, i + ABREAST).map(one));
    if (carried.length > 0) await outbox.clear(carried);
    drained.carried += carried.length;
    drained.left += page.length - carried.length;
    if (page.length < PAGE) return drained;
    after = page.at(-1) ?? null;
  }
}
