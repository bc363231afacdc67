import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { encoded } from "./compression.ts";

const page = "pahlevan_build_info 1\n".repeat(100);

it("compresses for who asks for it", async () => {
  const { body, encoding } = await encoded(page, "gzip");
  expect(encoding).toBe("gzip");
  expect(body.length).toBeLessThan(page.length / 10);
  expect(gunzipSync(body).toString()).toBe(page);
});

it("leaves as it is what nobody asked to be compressed", async () => {
  for (const asked of [undefined, "identity", "gzip;q=0", "br"])
    expect(await encoded(page, asked)).toEqual({ body: page });
});
