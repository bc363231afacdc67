/** An image's reference in its parts. */
import type { Attributes } from "./registry.ts";

/** `registry:5000/shop/web:1.4`: the last colon is a tag's only behind the last stroke. */
export function imageAttributes(image: string): Attributes {
  if (image === "") return {};
  const [named = "", digest] = image.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  return {
    "container.image.name": name,
    ...(colon >= 0 && { "container.image.tags": [named.slice(colon + 1)] }),
    ...(digest !== undefined && { "container.image.repo_digests": [`${name}@${digest}`] }),
  };
}
