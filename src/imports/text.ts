/** Texts of banks, made comparable. Pure. */

/** Lower case, without accents, signs and double spaces: two spellings of one text are equal. Digits stay. */
export function normalised(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** What stays of a merchant from one purchase to the next: words that hold digits (numbers of cards, branches and receipts, days) are left out, unless there are no others. */
export function merchantKey(merchant: string): string {
  const words = normalised(merchant).split(" ");
  const lasting = words.filter((word) => !/\p{N}/u.test(word));
  return (lasting.length > 0 ? lasting : words).join(" ");
}

/** What was chosen for a merchant at some time. */
export interface Choice {
  merchant: string;
  categoryId: string;
  /** When it was chosen; what is later counts. Milliseconds, or anything that orders. */
  at: number;
}

/** For each merchant (by its key) the category that was last chosen for it. Of two at the same time the greater id counts, whatever their order. */
export function lastChosen(choices: Iterable<Choice>): Map<string, string> {
  const newest = new Map<string, Choice>();
  for (const choice of choices) {
    const key = merchantKey(choice.merchant);
    if (key === "") continue;
    const before = newest.get(key);
    if (before === undefined || choice.at > before.at || (choice.at === before.at && choice.categoryId > before.categoryId)) newest.set(key, choice);
  }
  return new Map([...newest].map(([key, { categoryId }]) => [key, categoryId]));
}
