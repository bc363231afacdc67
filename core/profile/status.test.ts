import { expect, it } from "vitest";
import { began, opened, seenBy, watched } from "../../test/sim/facts.ts";
import { convergenceOf, usualConvergence } from "./convergence.ts";
import { learn } from "./learn.ts";
import { emptyProfile } from "./profile.ts";
import { learningStatus } from "./status.ts";

const minute = 60_000;
const web = { id: "web-1", startedMs: 0 };
const settings = { ...usualConvergence, minSamples: 2 };

it("says how far learning is, and what it waits for", () => {
  const facts = [
    began(web),
    seenBy(web, 500, opened("/srv/a")),
    seenBy(web, 9 * minute, opened("/srv/b")),
    seenBy(web, 9 * minute, opened("/etc/shadow")),
    watched(web, 9 * minute + 30_000),
  ];
  const found = convergenceOf(learn(emptyProfile, facts), 9 * minute + 30_000, settings);
  const status = learningStatus(found);
  expect(status).toMatchObject({
    samples: 3,
    behaviours: { file: 2, exec: 0 },
    unseenMass: status.unseenMassByFacet.file,
    quietSinceMs: 9 * minute,
    lossy: false,
    instances: { whole: 1, lossy: 0, adopted: 0 },
    held: 1,
  });
  expect(status.progress).toBeLessThan(1);
  expect(status.unseenMassByFacet.exec).toBeLessThan(settings.maxUnseenMass);
  expect(status.waitsFor).toMatch(/^\d+ %: file: /);
});

it("of a profile that is empty is not that all is well", () => {
  const status = learningStatus(convergenceOf(emptyProfile, 9 * minute, settings));
  expect(status).toMatchObject({ progress: 0, samples: 0, unseenMass: 1 });
  expect(status).not.toHaveProperty("quietSinceMs");
});

it("of a lossy instance says so", () => {
  const facts = [began(web), seenBy(web, 500, opened("/srv/a")), watched(web, 9 * minute, 3)];
  const found = convergenceOf(learn(emptyProfile, facts), 9 * minute, settings);
  expect(learningStatus(found)).toMatchObject({ lossy: true, instances: { whole: 0, lossy: 1 } });
});
