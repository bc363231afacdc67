/** An interruption is no answer, and no reason to go on for ever. */
import { describe, expect, test } from "vitest";
import { again, askedAgain } from "./again.ts";

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails with these, one after the other, and then succeeds. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  const step = () => {
    step.times++;
    const error = left.shift();
    if (error) throw error;
    return "loaded";
  };
  step.times = 0;
  return step;
}

describe("a step", () => {
  test.each(["EAGAIN", "EINTR"])("that ends with %s is done again", (code) => {
    const step = failing(failure(code), failure(code));
    expect(again(step)).toBe("loaded");
    expect(step.times).toBe(3);
  });

  test("is done again for the cause of its error, too", () => {
    const refusal = new Error("on_file_open: EAGAIN", { cause: failure("EAGAIN") });
    expect(again(failing(refusal))).toBe("loaded");
  });

  test("that is refused is not", () => {
    const step = failing(failure("EACCES"));
    expect(() => again(step)).toThrow("EACCES");
    expect(step.times).toBe(1);
  });

  test("that is interrupted each time fails in the end", () => {
    const step = failing(...Array.from({ length: 100 }, () => failure("EAGAIN")));
    expect(() => again(step)).toThrow("EAGAIN");
    expect(step.times).toBe(10);
  });
});

describe("a question", () => {
  const answers = (...codes: readonly string[]) => {
    const left = [...codes];
    return () => {
      const code = left.shift() ?? "";
      return { ok: code === "", errno: 0, code, reason: code };
    };
  };

  test("that was interrupted is put again", () => {
    expect(askedAgain(answers("EAGAIN", "EINTR"))).toMatchObject({ ok: true });
    expect(askedAgain(answers("EAGAIN", "EPERM"))).toMatchObject({ code: "EPERM" });
  });

  test("that is interrupted each time is answered so", () => {
    const interrupted = Array.from({ length: 100 }, () => "EAGAIN");
    expect(askedAgain(answers(...interrupted))).toMatchObject({ ok: false, code: "EAGAIN" });
  });
});
