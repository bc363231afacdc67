/** How passwords are asked for: what is compared, how often, and what that tells a stranger. */
import { expect, it } from "vitest";
import { Users } from "./users.ts";

const hashes = new Map([
  ["alice", "$2y$04$cheap"],
  ["bob", "$2y$12$costly"],
]);

/** Each comparison's hash is written down; "right" is everybody's password. */
function asked() {
  const compared: string[] = [];
  const users = new Users((password, hash) => {
    compared.push(hash);
    return Promise.resolve(password === "right");
  });
  const judge = (user: string, password: string, of = hashes, nowMs = 0, address = "::1") => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    return users.judge({ authorization, address }, of, nowMs);
  };
  return { compared, judge, users };
}

it("a password that was right is compared once, until the users change", async () => {
  const { compared, judge } = asked();
  for (let times = 0; times < 3; times++) expect(await judge("alice", "right")).toBe("known");
  expect(compared).toEqual(["$2y$04$cheap"]);
  expect(await judge("alice", "wrong")).toBe("unknown");
  expect(await judge("bob", "right")).toBe("known");
  expect(await judge("alice", "right", new Map(hashes))).toBe("known");
  expect(compared).toHaveLength(4);
});

it("a name that is nobody's takes as long as one that is", async () => {
  const { compared, judge } = asked();
  expect(await judge("carol", "right")).toBe("unknown");
  expect(await judge("carol", "right")).toBe("unknown");
  expect(compared).toEqual(["$2y$12$costly", "$2y$12$costly"]);
});

it("who guesses is soon not heard any more, and later again; who is known always", async () => {
  const { compared, judge } = asked();
  expect(await judge("alice", "right")).toBe("known");
  const answers = [];
  for (let times = 0; times < 30; times++) answers.push(await judge("bob", "wrong"));
  expect(answers.filter((each) => each === "unknown")).toHaveLength(19);
  expect(answers.at(-1)).toBe("too often");
  expect(compared).toHaveLength(20);
  expect(await judge("alice", "right")).toBe("known");
  expect(await judge("bob", "right", hashes, 5_000)).toBe("known");
});

it("guesses from everywhere stop no more than a second in ten", async () => {
  const { compared, judge } = asked();
  expect(await judge("alice", "right")).toBe("known");
  for (let from = 0; from < 200; from++) await judge("bob", "wrong", hashes, 0, `10.0.0.${from}`);
  expect(compared).toHaveLength(20);
  for (let from = 0; from < 200; from++)
    await judge("bob", "wrong", hashes, 9_999, `10.0.1.${from}`);
  expect(compared).toHaveLength(29);
  expect(await judge("alice", "right", hashes, 9_999)).toBe("known");
});

it.each(["", "Bearer abc", "Basic", "Basic !", `Basic ${Buffer.from("alice").toString("base64")}`])(
  "%j costs no comparison",
  async (authorization) => {
    const { compared, users } = asked();
    expect(await users.judge({ authorization, address: "::1" }, hashes, 0)).toBe("unknown");
    expect(compared).toEqual([]);
  },
);
