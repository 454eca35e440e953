import { describe, expect, it } from "vitest";
import { callerOf, groupsOf, operatorOf } from "../../src/http/caller.ts";
import { Problem } from "../../src/http/problem.ts";
import { httpEvent } from "./events.ts";

const ann = { sub: "4f6c", username: "ann" };

describe("who calls", () => {
  it("is read from the claims", () => {
    expect(callerOf(httpEvent({ claims: ann }))).toEqual({ sub: "4f6c", username: "ann", operator: false, background: false });
  });

  it.each([
    ["[operators]", true],
    ["[operators other]", true],
    ["[other operators]", true],
    ["[not-operators]", false],
    ["[operators2 my-operators]", false],
    ["operators", false],
    ["[operators", false],
    ["[]", false],
    ['["operators"]', false],
    ["[other,operators]", false],
    ["[Operators]", false],
    ["[[operators]]", false],
  ])("with the groups %s is an operator: %s", (groups, operator) => {
    expect(callerOf(httpEvent({ claims: { ...ann, "cognito:groups": groups } })).operator).toBe(operator);
  });

  it("has no group when the claim is anything but that string", () => {
    expect(groupsOf(["operators"])).toEqual([]);
    expect(groupsOf(undefined)).toEqual([]);
  });

  it("is in the background only by ?1, whatever the case of the header's name", () => {
    const background = (headers: Record<string, string>) => callerOf(httpEvent({ claims: ann, headers })).background;
    expect(background({ "Dormouse-Background": "?1" })).toBe(true);
    expect(background({ "dormouse-background": " ?1 " })).toBe(true);
    expect(background({ "dormouse-background": "?0" })).toBe(false);
    expect(background({ "dormouse-background": "true" })).toBe(false);
    expect(background({ "dormouse-background": "1" })).toBe(false);
  });

  it("is a problem when nobody has been vouched for", () => {
    expect(() => callerOf(httpEvent())).toThrow(Problem);
    expect(() => callerOf(httpEvent({ claims: { username: "ann" } }))).toThrow("not-signed-in");
  });

  it("has to be an operator where one is asked for", () => {
    expect(() => operatorOf(httpEvent({ claims: ann }))).toThrow("not-allowed");
    expect(operatorOf(httpEvent({ claims: { ...ann, "cognito:groups": "[operators]" } })).operator).toBe(true);
  });
});
