/** The query protocol's way of writing lists and structures into a form: `Filters.Filter.1.Values.Value.1=x`. */

/** Reads a form; `Filters` becomes `[{Name, Values}]`, everything else stays text under its name. */
export function readForm(text: string): Record<string, unknown> & { Action?: unknown; Version?: unknown } {
  const plain: Record<string, unknown> = {};
  const filters: { Name?: string; Values: string[] }[] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    const [, index, member] = /^Filters\.Filter\.(\d{1,2})\.(Name|Values\.Value\.\d{1,3})$/.exec(name) ?? [];
    if (index === undefined) {
      plain[name] = value;
      continue;
    }
    filters[Number(index)] ??= { Values: [] };
    const filter = filters[Number(index)];
    if (member === "Name" && filter) filter.Name = value;
    else filter?.Values.push(value);
  }
  const given = filters.filter((filter) => filter !== undefined);
  return given.length > 0 ? { ...plain, Filters: given } : plain;
}
