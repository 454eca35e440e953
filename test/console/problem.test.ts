import { describe, expect, it } from "vitest";
import { ApiError, problemOf, readProblem } from "../../src/console/problem.ts";

describe("readProblem", () => {
  it("reads the API's problem details with the fields that do not fit, by their JSON pointers", () => {
    const body = {
      type: "/problems/bad-fields",
      title: "Some fields do not fit",
      status: 422,
      detail: "The expense was not accepted.",
      errors: [{ pointer: "#/amount", detail: "Write it as 12.50." }],
    };
    const problem = readProblem(422, null, body);
    expect(problem.detail).toBe("The expense was not accepted.");
    expect(problem.fields).toEqual({ amount: "Write it as 12.50." });
  });
  it("reads the gateway's own shape and adds what it means", () => {
    expect(readProblem(429, null, { message: "Too Many Requests" }).detail).toBe("Too Many Requests. Too many requests at once. Try again in a moment.");
    expect(readProblem(418, null, { message: "Teapot" }).detail).toBe("Teapot.");
  });
  it("has a sentence for an answer that is neither", () => {
    expect(readProblem(502, null, null).detail).toBe("The API failed to answer. Try again in a moment.");
    expect(readProblem(418, null, "<html>").detail).toBe("The API answered with status 418.");
  });
  it("reads a list of things that stand in the way, and maps from field to sentence", () => {
    expect(readProblem(409, null, { detail: "Work is under way.", errors: [{ detail: "job 7" }, "a session of psql"] }).list).toEqual([
      "job 7",
      "a session of psql",
    ]);
    expect(readProblem(422, null, { title: "No", errors: { amount: ["is", "wrong"] } }).fields).toEqual({ amount: "is wrong" });
  });
  it("takes seconds from Retry-After, and nothing from what is no number", () => {
    expect(readProblem(503, "25", {}).retryAfterSeconds).toBe(25);
    expect(readProblem(503, "soon", {}).retryAfterSeconds).toBeNull();
    expect(readProblem(503, null, {}).retryAfterSeconds).toBeNull();
  });
  it("makes a problem of any failure", () => {
    expect(problemOf(new ApiError(readProblem(503, "5", { detail: "Asleep." }))).retryAfterSeconds).toBe(5);
    expect(problemOf(new Error("odd")).detail).toBe("odd");
  });
});
