/** A secret in a policy: the name of one, where possible. */
import * as z from "zod";
import { readSecretText, secretSays, type Secret } from "../values/secret.ts";
import { fields, meaning, text, wrong } from "./build.ts";

const reference = fields(
  {
    secretKeyRef: fields(
      {
        name: text(253, { description: "The Secret, in the policy's namespace." }),
        key: text(253, { description: "The key in it." }),
      },
      { description: "A key of a Kubernetes Secret." },
    ),
  },
  { description: "Where the secret is." },
);

type Written = string | z.output<typeof reference>;

function write(secret: Secret): Written {
  switch (secret.from) {
    case "environment":
      return `\${${secret.variable}}`;
    case "secret":
      return { secretKeyRef: { name: secret.name, key: secret.key } };
    case "literal":
      return secret.value;
  }
}

export function secret(description: string) {
  const takes = wrong(secretSays);
  const plain = z.string(takes).min(1, takes).max(4_096, takes);
  return meaning(z.union([plain, reference], takes), {
    read: (written: Written) =>
      typeof written === "string"
        ? readSecretText(written)
        : { value: { from: "secret", ...written.secretKeyRef } as const },
    write,
  }).meta({ description, takes: secretSays, "x-kubernetes-preserve-unknown-fields": true });
}
