import { expect, test } from "vitest";
import { readForm } from "../../../local/rds/form.ts";

test("plain fields stay as they are, and filters become a list", () => {
  const form =
    "Action=X&Version=1&Filters.Filter.1.Name=db-instance-id&Filters.Filter.1.Values.Value.1=a%20b&Filters.Filter.1.Values.Value.2=c&Filters.Filter.2.Name=other";
  expect(readForm(form)).toEqual({
    Action: "X",
    Version: "1",
    Filters: [
      { Name: "db-instance-id", Values: ["a b", "c"] },
      { Name: "other", Values: [] },
    ],
  });
});

test("a field that looks like a filter and is none stays a field of its own, to be refused", () => {
  expect(readForm("Filters.Filter.x.Name=a")).toEqual({ "Filters.Filter.x.Name": "a" });
});
