/** `docs/benchmarks.md`: sections, of which a run writes those that it has measured anew. Pure. */

export interface Section {
  title: string;
  text: string;
}

const HEAD = `# Benchmarks

Made by \`npm run bench -- --write\`. Ratios are of one run on one machine; absolute times say little elsewhere. Each section says when and where it was measured.`;

/** The document with these sections in the place of those of the same title, and new ones at the end. `stamp` says when and where they were measured. */
export function document(before: string, sections: readonly Section[], stamp: string): string {
  const kept = new Map<string, string>();
  for (const part of before.split(/^## /m).slice(1)) {
    const end = part.indexOf("\n");
    kept.set(part.slice(0, end).trim(), part.slice(end).trim());
  }
  for (const { title, text } of sections) kept.set(title, `${text}\n\n*${stamp}*`);
  return `${[HEAD, ...[...kept].map(([title, text]) => `## ${title}\n\n${text}`)].join("\n\n")}\n`;
}
