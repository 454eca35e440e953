import { describe, expect, it } from "vitest";
import { document } from "../../scripts/bench/document.ts";

describe("docs/benchmarks.md", () => {
  it("gets the sections that were measured, each with when and where, and keeps the others in their place", () => {
    const first = document(
      "",
      [
        { title: "A", text: "a table" },
        { title: "B: more", text: "another\n\n| x |" },
      ],
      "Monday: 2 cores.",
    );
    expect(first).toContain("## A\n\na table\n\n*Monday: 2 cores.*\n\n## B: more\n\nanother\n\n| x |\n\n*Monday: 2 cores.*\n");
    const second = document(
      first,
      [
        { title: "A", text: "a better table" },
        { title: "C", text: "new" },
      ],
      "Tuesday: 4 cores.",
    );
    expect(second).toContain(
      "## A\n\na better table\n\n*Tuesday: 4 cores.*\n\n## B: more\n\nanother\n\n| x |\n\n*Monday: 2 cores.*\n\n## C\n\nnew\n\n*Tuesday: 4 cores.*\n",
    );
    expect(document(second, [], "never")).toBe(second);
  });
});
