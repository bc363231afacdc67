/** Settings that hold a backend's key. */
import { expect, it } from "vitest";
import { keys } from "./keys.ts";

it("shows which headers there are, and not what they say", () => {
  const { type, isSecret } = keys["logs-headers"];
  expect(isSecret).toBe(true);
  expect(type.show(type.parse("api-key=s3cret,x-tenant=shop"))).toBe(
    "api-key=(secret),x-tenant=(secret)",
  );
});

it.each(["s3cret", "api-key=%s3cret"])("refuses '%s' without repeating it", (text) => {
  const refusal = () => keys.headers.type.parse(text);
  expect(refusal).toThrow("takes name=value, separated by commas");
  expect(refusal).not.toThrow(/s3cret/);
});
