/** Records become incidents, and incidents few messages. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outgoing } from "../record.ts";
import type { Report } from "../sink.ts";
import { Notifier } from "./notifier.ts";
import { notifyKeys } from "./settings.ts";
import { testLines } from "./test-lines.ts";
import type { Message, Outcome, Teller } from "./teller.ts";
import {
  called,
  convergedRecord,
  denied,
  inTime,
  moved,
  settingsOf,
  Trying,
} from "../../test/exporters/notify-trying.ts";
import { actsOf, headlineOf } from "./words.ts";

const keys = notifyKeys({ groupWaitMs: 0, repeatMs: 300_000, mostPerMinute: 20 });

/** Keeps what it was to tell. */
class Listening implements Teller {
  readonly isPager: boolean;
  readonly heard: Message[] = [];
  answers: Outcome[] = [];

  constructor(isPager = false) {
    this.isPager = isPager;
  }

  async tell(messages: readonly Message[]): Promise<readonly Outcome[]> {
    this.heard.push(...messages);
    return messages.map(
      (_, at) =>
        this.answers.shift() ??
        ({ is: "told", handle: `m${this.heard.length - messages.length + at}` } as const),
    );
  }

  async check(): Promise<string> {
    return "";
  }

  async close(): Promise<void> {}
}

function start(
  written: Readonly<Record<string, string>> = {},
  isPager = false,
  around = new Trying(),
) {
  const teller = new Listening(isPager);
  const notifier = new Notifier(settingsOf(keys, written), teller, around);
  open.push(notifier);
  const send = (...batch: Outgoing[]): Promise<Report> => notifier.send(batch, inTime);
  const headlines = () =>
    teller.heard.map((message) =>
      message.about === "news" ? message.title : headlineOf(message.incident),
    );
  /** Until the sink has asked itself to look again, and has. */
  const look = async (): Promise<void> => {
    vi.advanceTimersByTime(5_000);
    const due = around.queue.splice(0);
    if (due.length > 0) await send(...due);
  };
  return { around, teller, notifier, send, headlines, look };
}

const open: Notifier[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  for (const notifier of open.splice(0)) await notifier.close();
  vi.useRealTimers();
});

describe("an incident", () => {
  it("is one message, however many acts were refused", async () => {
    const it = start();
    const batch = Array.from({ length: 430 }, (_, at) => denied({ object: `/bin/${at % 40}` }));
    expect(await it.send(...batch)).toEqual({ sent: 430, again: [], refused: {} });
    expect(it.headlines()).toEqual(["shop/checkout: 430 acts against the policy"]);
    const [message] = it.teller.heard;
    const acts = message?.about === "incident" ? actsOf(message.incident) : [];
    expect(acts).toEqual([
      ...[0, 1, 2, 3, 4].map((at) => `11 × deny exec /bin/${at}`),
      "and 375 more",
    ]);
  });

  it("is another one for another workload", async () => {
    const it = start();
    await it.send(denied(), denied({ workload: "cart" }));
    expect(it.headlines()).toEqual(["shop/checkout: 1 act denied", "shop/cart: 1 act denied"]);
  });

  it("opens with nothing that was let through in silence", async () => {
    const it = start();
    await it.send(denied({ action: "allow" }));
    expect(it.teller.heard).toMatchObject([{ about: "news" }]);
    expect([...it.around.memory.entries()]).toEqual([]);
  });

  it.each(["Quarantine", "RolledBack", "Emergency", "Healing"])(
    "opens with a move to %s, and is over with the move back",
    async (phase) => {
      const it = start();
      await it.send(moved("Enforcing", phase));
      await it.send(moved(phase, "Enforcing"));
      expect(it.headlines()).toEqual([
        `shop/checkout: ${phase}`,
        `shop/checkout: over (${phase} → Enforcing)`,
      ]);
      expect(it.teller.heard.at(-1)).toMatchObject({ handle: "m0" });
      expect([...it.around.memory.entries()]).toEqual([]);
    },
  );

  it("goes on from one phase of trouble to the next", async () => {
    const it = start();
    await it.send(moved("Enforcing", "Healing"));
    await it.send(moved("Healing", "RolledBack"));
    expect(it.headlines()).toEqual(["shop/checkout: Healing", "shop/checkout: RolledBack"]);
    expect(it.teller.heard.at(-1)).toMatchObject({ handle: "m0" });
  });

  it.each(["page", "fail", "ask"] as const)(
    "opened by %s ends with the loop's move, not with time",
    async (notice) => {
      const it = start();
      await it.send(called(notice));
      it.around.passes(86_400_000);
      await it.look();
      expect(it.teller.heard).toHaveLength(1);
      await it.send(moved("Review", "Canary"));
      expect(it.headlines().at(-1)).toBe("shop/checkout: over (Review → Canary)");
    },
  );

  it("of refused acts alone is over when nothing more is refused", async () => {
    const it = start();
    await it.send(denied());
    it.around.passes(299_000);
    await it.look();
    expect(it.teller.heard).toHaveLength(1);
    it.around.passes(1_000);
    await it.look();
    expect(it.headlines().at(-1)).toBe("shop/checkout: over (nothing more for 5 minutes)");
    expect([...it.around.memory.entries()]).toEqual([]);
    await it.look();
    expect(it.teller.heard).toHaveLength(2);
  });

  it("of refused acts alone is not over because the loop goes on", async () => {
    const it = start();
    await it.send(denied());
    await it.send(moved("Canary", "Enforcing"));
    expect(it.headlines()).toEqual(["shop/checkout: 1 act denied"]);
  });

  it("in quarantine is not over because nothing more is refused", async () => {
    const it = start();
    await it.send(denied(), moved("Enforcing", "Quarantine"));
    it.around.passes(86_400_000);
    await it.look();
    expect(it.teller.heard).toHaveLength(1);
    it.around.passes(6 * 86_400_000);
    await it.look();
    expect(it.headlines().at(-1)).toMatch(/over \(nothing was heard of it for a week\)/);
  });

  it("is told of again only after a while, then with all that was", async () => {
    const it = start();
    await it.send(denied());
    it.around.passes(60_000);
    expect(await it.send(denied(), denied())).toMatchObject({ sent: 2, again: [] });
    expect(it.teller.heard).toHaveLength(1);
    it.around.passes(240_000);
    await it.look();
    expect(it.headlines()).toEqual(["shop/checkout: 1 act denied", "shop/checkout: 3 acts denied"]);
  });

  it("is told of at once when it becomes graver", async () => {
    const it = start();
    await it.send(denied());
    await it.send(moved("Enforcing", "Quarantine"));
    await it.send(called("page"));
    expect(it.teller.heard).toHaveLength(3);
  });

  it("outlives the agent", async () => {
    const before = start();
    await before.send(moved("Enforcing", "Quarantine"));
    const after = start({}, false, before.around);
    await after.send(moved("Quarantine", "Enforcing"));
    expect(after.teller.heard).toMatchObject([{ handle: "m0" }]);
  });

  it("whose beginning was forgotten ends all the same", async () => {
    const it = start({}, true);
    await it.send(moved("Quarantine", "Enforcing"));
    expect(it.headlines()).toEqual(["shop/checkout: over (Quarantine → Enforcing)"]);
  });

  it("has the same key on each node, unless each is to have its own", async () => {
    const keysOf = async (byHost: string) => {
      const told = ["node-1", "node-2"].map(async (host) => {
        const it = start({ "by-host": byHost }, true, new Trying(host));
        await it.send(denied());
        const [message] = it.teller.heard;
        return message?.about === "incident" ? message.incident.key : "";
      });
      return new Set(await Promise.all(told)).size;
    };
    expect(await keysOf("off")).toBe(1);
    expect(await keysOf("on")).toBe(2);
  });
});

describe("what the peer does not take", () => {
  const again: Outcome = { is: "again", why: "busy", afterMs: 7_000 };
  const told: Outcome = { is: "told" };

  it("is tried again, record by record, and changes nothing that is known", async () => {
    const it = start();
    it.teller.answers = [told, again];
    const [one, two, three] = [
      denied(),
      denied({ workload: "cart" }),
      denied({ workload: "cart" }),
    ];
    const report = await it.send(one, two, three);
    expect(report).toEqual({
      sent: 1,
      again: [two, three],
      refused: {},
      afterMs: 7_000,
      why: "busy",
    });
    await it.send(...report.again);
    expect(it.headlines().at(-1)).toBe("shop/cart: 2 acts denied");
  });

  it("for good is counted, and the next one may open it", async () => {
    const it = start();
    it.teller.answers = [{ is: "refused", reason: "invalid_blocks", why: "it says no" }];
    expect(await it.send(denied(), denied())).toMatchObject({
      sent: 0,
      refused: { invalid_blocks: 2 },
    });
    expect(it.around.complaints).toEqual(["a message was refused: it says no"]);
    await it.send(denied());
    expect(it.headlines().at(-1)).toBe("shop/checkout: 1 act denied");
  });

  it("of an end that only time has made is tried again with its reminder", async () => {
    const it = start();
    await it.send(denied());
    it.around.passes(300_000);
    vi.advanceTimersByTime(5_000);
    const due = it.around.queue.splice(0);
    it.teller.answers = [again];
    const report = await it.send(...due);
    expect(report.again).toEqual(due);
    vi.advanceTimersByTime(60_000);
    expect(it.around.queue).toEqual([]);
    await it.send(...report.again);
    expect(it.headlines().at(-1)).toMatch(/over/);
    expect([...it.around.memory.entries()]).toEqual([]);
  });
});

describe("no more messages than a minute may have", () => {
  const workloads = Array.from({ length: 430 }, (_, at) => `w${at}`);
  const storm = () => workloads.map((workload) => moved("Enforcing", "Healing", { workload }));

  it("name the others in the last one, 'and 412 more'", async () => {
    const it = start();
    expect(await it.send(...storm())).toMatchObject({ sent: 430, again: [] });
    expect(it.teller.heard).toHaveLength(20);
    expect(it.teller.heard.at(-1)).toMatchObject({
      about: "news",
      title: "411 more incidents",
      more: 391,
    });
    await it.look();
    expect(it.teller.heard).toHaveLength(20);
  });

  it("are held back until there is room again, the gravest first", async () => {
    const it = start({ "most-per-minute": "2" });
    await it.send(denied({ workload: "a" }), denied({ workload: "b" }));
    await it.send(denied({ workload: "c" }), moved("Enforcing", "Quarantine", { workload: "d" }));
    expect(it.teller.heard).toHaveLength(2);
    it.around.passes(60_000);
    await it.look();
    expect(it.headlines().slice(2)).toEqual(["shop/d: Quarantine", "shop/c: 1 act denied"]);
  });

  it("reach a pager all, one by one, as there is room", async () => {
    const it = start({ "most-per-minute": "200" }, true);
    await it.send(...storm());
    for (const _ of [1, 2]) {
      expect(it.teller.heard.every(({ about }) => about === "incident")).toBe(true);
      it.around.passes(60_000);
      await it.look();
    }
    expect(new Set(it.headlines()).size).toBe(430);
  });

  it("count the news that were left out in the next ones", async () => {
    const it = start({ "most-per-minute": "1" });
    await it.send(denied({ workload: "cart" }));
    await it.send(...Array.from({ length: 412 }, convergedRecord));
    it.around.passes(60_000);
    await it.send(convergedRecord());
    expect(it.teller.heard.at(-1)).toMatchObject({
      about: "news",
      lines: ["shop/checkout: learning is complete: 214 behaviours of 3 instances"],
      more: 412,
    });
    it.around.passes(60_000);
    await it.send(convergedRecord());
    expect(it.teller.heard.at(-1)).toMatchObject({ more: 0 });
  });
});

it("has no timer once it is closed", async () => {
  const { notifier } = start();
  expect(vi.getTimerCount()).toBe(1);
  await notifier.close();
  expect(vi.getTimerCount()).toBe(0);
});

it("is tried by trouble that nobody has, and its end", async () => {
  const { send, headlines, around } = start({}, true);
  const calls = testLines("2026-11-22T12:00:00.000Z", "node-1");
  for (const lines of calls)
    expect(await send(...lines.map((line) => Outgoing.of(line)))).toMatchObject({
      again: [],
      refused: {},
    });
  expect(headlines()).toEqual([
    "pahlevan-test/nobody: Healing, 1 act denied",
    "pahlevan-test/nobody: over (Healing → Enforcing)",
  ]);
  expect([...around.memory.entries()]).toEqual([]);
});

it("news are no pager's business", async () => {
  const it = start({}, true);
  expect(await it.send(convergedRecord(), moved("Learning", "Canary"))).toMatchObject({ sent: 2 });
  expect(it.teller.heard).toEqual([]);
});

it("keeps no more incidents open than it has room for", async () => {
  const it = start({ "most-per-minute": "600" }, true);
  for (let at = 0; at < 1_300; at++) await it.send(denied({ workload: `w${at}` }));
  expect([...it.around.memory.entries()].length).toBeLessThanOrEqual(1_000);
});
