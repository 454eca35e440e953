import { describe, expect, it } from "vitest";
import type { ApiRequest } from "../../../src/http/api.ts";
import { ifMatch, requireVersion } from "../../../src/http/finance/version.ts";
import { httpEvent } from "../events.ts";

const request = (header?: string) => ({ event: httpEvent({ ...(header === undefined ? {} : { headers: { "if-match": header } }) }) }) as unknown as ApiRequest;

describe("If-Match", () => {
  it.each([
    ['"3"', [3]],
    ["3", [3]],
    [' "3" , 4', [3, 4]],
    ["*", null],
    [undefined, null],
    ['W/"3"', [-1]],
    ['"abc"', [-1]],
  ])("%j expects %j", (header, expected) => {
    expect(ifMatch(request(header))).toEqual(expected);
  });

  it.each(["", "abc", '"3', "3.5", '"3";"4"', "-1"])("refuses %j", (header) => {
    expect(() => ifMatch(request(header))).toThrow("bad-header");
  });

  it("meets the version that is there, or says which one is", () => {
    expect(() => requireVersion([2, 3], 3)).not.toThrow();
    expect(() => requireVersion(null, 3)).not.toThrow();
    expect(() => requireVersion([2], 3)).toThrow(expect.objectContaining({ status: 412, extra: { version: 3 }, headers: { etag: '"3"' } }));
  });
});
