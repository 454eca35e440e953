import { expect, test } from "vitest";
import { renamed } from "../../src/lifecycle/names.ts";

const SUB = "6f9c2a10-1111-4222-8333-444455556666";

test.each([
  ["ann", "ann pressed the button", SUB, `${SUB} pressed the button`],
  [
    "ann",
    "ann asked for sleep; refused: kept awake until 18:00 UTC by ann: demo",
    SUB,
    `${SUB} asked for sleep; refused: kept awake until 18:00 UTC by ${SUB}: demo`,
  ],
  ["dormouse", "kept awake until 18:00 UTC by ann: ann's demo", "dormouse", `kept awake until 18:00 UTC by ${SUB}: ann's demo`],
  ["dormouse", "kept awake until 18:00 UTC by ann", "dormouse", `kept awake until 18:00 UTC by ${SUB}`],
  ["bob", "import: a file, by ann, until 18:00 UTC", "bob", `import: a file, by ${SUB}, until 18:00 UTC`],
])("an entry by %s, “%s”, says who has left by their sub", (by, reason, nextBy, next) => {
  expect(renamed({ by, reason }, "ann", SUB)).toEqual({ by: nextBy, reason: next });
});

test.each([
  ["anna", "anna pressed the button", "ann"],
  ["dormouse", "ann arbor is idle for 61 min", "ann"],
  ["dormouse", "kept awake by psql (ann), connected since 14:00 UTC", "ann"],
  ["dormouse", "idle for 61 min, limit 60 min", "dormouse"],
  ["aws", "AWS started it", "aws"],
  ["bob", "kept awake until 18:00 UTC by axb: demo", "a.b"],
])("an entry by %s, “%s”, does not name %s", (by, reason, name) => {
  expect(renamed({ by, reason }, name, SUB)).toBeNull();
});

test("a name is taken letter by letter, whatever it would mean in a pattern", () => {
  expect(renamed({ by: "a.b+c$&", reason: "a.b+c$& pressed the button" }, "a.b+c$&", "$1")).toEqual({ by: "$1", reason: "$1 pressed the button" });
});
