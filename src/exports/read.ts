/**
 * Reads the JSON of an export (`document.ts`) line by line, as `json.ts` writes it: no more than a line is in memory. A file that another program has written
 * anew, on one line or with other breaks, is refused, and so is one that is not whole.
 */
import { type Counts, EXPORT_VERSION, type ExportHead, type ExportList, exportCounts, exportHead, exportLists, type Item, listNames } from "./document.ts";

/** Not an export that this version reads; the message ends a sentence that begins with "The file". */
export class NotAnExport extends Error {
  override readonly name = "NotAnExport";
}

/** One item of a list, and the line on which it stands. */
export type ReadItem = { [List in ExportList]: { list: List; item: Item<List>; line: number } }[ExportList];

/** More has no line that an export has. */
const LONGEST = 1_000_000;

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > LONGEST) throw new NotAnExport("has lines that are too long: it is not as Dormouse wrote it");
  }
  if (rest !== "") yield rest;
}

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotAnExport(`can't be read on line ${line}: it is not as Dormouse wrote it`);
  }
}

function headOf(text: string): ExportHead {
  const read = parsed(text, 1);
  if (typeof read !== "object" || read === null || !("dormouse" in read)) throw new NotAnExport("is no export of Dormouse's");
  if ("v" in read && typeof read.v === "number" && read.v > EXPORT_VERSION)
    throw new NotAnExport(`is of version ${read.v}, and this Dormouse reads version ${EXPORT_VERSION}`);
  const head = exportHead.safeParse(read);
  if (!head.success) throw new NotAnExport("has a head that this Dormouse can't read");
  return head.data;
}

/**
 * The items in their order; ends only when the file is whole, and says then how many there are of each. Throws `NotAnExport`, and what `text` throws.
 */
export async function* readExport(text: AsyncIterable<string>): AsyncGenerator<ReadItem, Counts, undefined> {
  const counts = Object.fromEntries(listNames.map((name) => [name, 0])) as Counts;
  let list: ExportList | null = null;
  let next = 0;
  let line = 0;
  for await (const full of linesOf(text)) {
    line++;
    const written = full.replace(/\r?$/, "").replace(/,$/, "");
    if (line === 1) headOf(`${written}}`);
    else if (line === 2) {
      // Who it was is not who they are now.
      if (!written.startsWith('"profile":')) throw new NotAnExport("has no profile on its second line: it is not as Dormouse wrote it");
    } else if (list !== null) {
      if (written === "]") {
        list = null;
        continue;
      }
      const item = exportLists[list].safeParse(parsed(written, line));
      if (!item.success) {
        const [issue] = item.error.issues;
        throw new NotAnExport(`has something on line ${line} that it can't have in ${list}: ${issue?.path.join(".") ?? ""}`);
      }
      counts[list]++;
      yield { list, item: item.data, line } as ReadItem;
    } else if (next < listNames.length) {
      const wanted = listNames[next++];
      if (wanted === undefined || written !== `"${wanted}":[`) throw new NotAnExport(`lacks its ${wanted} on line ${line}: it is not as Dormouse wrote it`);
      list = wanted;
    } else {
      const end = parsed(`{${written}`, line);
      const said = typeof end === "object" && end !== null && "counts" in end ? exportCounts.safeParse(end.counts) : null;
      if (said === null || !said.success) throw new NotAnExport("ends with something else than its counts");
      for (const name of listNames)
        if (said.data[name] !== counts[name]) throw new NotAnExport(`is not whole: it says ${said.data[name]} ${name}, and has ${counts[name]}`);
      return counts;
    }
  }
  throw new NotAnExport("is not whole: it ends before its counts");
}
