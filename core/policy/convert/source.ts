/** A document that is being converted: what nobody takes out of it is told of in the end. */
import { isPlain } from "../bounds.ts";

export interface Remark {
  readonly path: readonly (string | number)[];
  /** `lost`: not carried over. `changed`: carried over, and means something else, or may. */
  readonly kind: "lost" | "changed";
  readonly says: string;
}

export class Source {
  readonly path: Remark["path"];
  readonly #map: Readonly<Record<string, unknown>>;
  readonly #remarks: Remark[];
  readonly #taken = new Set<string>();
  readonly #inside: Source[] = [];

  constructor(value: unknown, path: Remark["path"] = [], remarks: Remark[] = []) {
    this.path = path;
    this.#remarks = remarks;
    this.#map = isPlain(value) ? value : {};
    if (value !== undefined && value !== null && !isPlain(value)) this.lose([], "is no map");
  }

  get remarks(): readonly Remark[] {
    return this.#remarks;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#map, name);
  }

  take(name: string): unknown {
    this.#taken.add(name);
    return this.has(name) ? (this.#map[name] ?? undefined) : undefined;
  }

  /** Text or a number of that name, as text; anything else says something, but not to us. */
  word(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    this.lose([name], "is neither text nor a number");
    return undefined;
  }

  /** The map of that name; an empty one where there is none. */
  within(name: string): Source {
    const inside = new Source(this.take(name), [...this.path, name], this.#remarks);
    this.#inside.push(inside);
    return inside;
  }

  /** The maps of the list of that name. */
  each(name: string): Source[] {
    const items = this.take(name);
    if (items === undefined) return [];
    if (!Array.isArray(items)) {
      this.lose([name], "is no list");
      return [];
    }
    const inside = items.map(
      (item: unknown, index) => new Source(item, [...this.path, name, index], this.#remarks),
    );
    this.#inside.push(...inside);
    return inside;
  }

  /** Texts and numbers of the list of that name, as text. */
  words(name: string): { readonly word: string; readonly index: number }[] {
    const items = this.take(name);
    if (items === undefined) return [];
    if (!Array.isArray(items)) {
      this.lose([name], "is no list");
      return [];
    }
    return items.flatMap((item: unknown, index) => {
      if (typeof item === "string" || typeof item === "number")
        return [{ word: String(item), index }];
      this.lose([name, index], "is neither text nor a number");
      return [];
    });
  }

  lose(path: Remark["path"], says: string): void {
    this.#remarks.push({ path: [...this.path, ...path], kind: "lost", says });
  }

  change(path: Remark["path"], says: string): void {
    this.#remarks.push({ path: [...this.path, ...path], kind: "changed", says });
  }

  /** Takes what cannot be carried over, and says why, where it is there. */
  loseEach(reasons: Readonly<Record<string, string>>): void {
    for (const [name, why] of Object.entries(reasons)) {
      if (this.take(name) !== undefined) this.lose([name], why);
    }
  }

  /** Whatever nobody has taken, here and inside. */
  loseTheRest(): void {
    for (const [name, value] of Object.entries(this.#map)) {
      if (!this.#taken.has(name) && value !== undefined && value !== null) {
        this.lose([name], "no policy of this dialect has such a field");
      }
    }
    for (const inside of this.#inside) inside.loseTheRest();
  }
}
