/** Signs of life of work that reads a long list. */
import type { Work } from "../jobs/ports.ts";

/** Rows between two notes of how far it is. */
const NOTED_ROWS = 5000;

/** Signs of life, and every some thousand rows how far it is. */
export function meter(work: Work, total: number) {
  let done = 0;
  let noted = 0;
  return {
    alive: () => work.goOn(),
    async read(rows: number): Promise<void> {
      const note = done - noted >= NOTED_ROWS;
      await work.goOn(note ? { progress: { done, total } } : undefined);
      if (note) noted = done;
      done += rows;
    },
  };
}

/** The pages of a list, with a sign of life before each: a database that begins to fall asleep ends the reading here. */
export async function* watched<Page extends readonly unknown[]>(
  goOn: (rows: number) => Promise<void>,
  pages: AsyncIterable<Page>,
): AsyncGenerator<Page, void, undefined> {
  for await (const page of pages) {
    await goOn(page.length);
    yield page;
  }
}
