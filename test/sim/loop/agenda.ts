/** What is to come, by its time; of one time, in the order in which it was put down. */

interface Entry<T> {
  readonly atMs: number;
  readonly order: number;
  readonly what: T;
}

/** A heap: months of a thousand policies wait in it. */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];
  #orders = 0;

  /** Infinity: nothing is to come. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Infinity;
  }

  add(atMs: number, what: T): void {
    const heap = this.#heap;
    const entry = { atMs, order: this.#orders++, what };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || isBefore(other, entry)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = entry;
  }

  /** All that is due by then, and it is in here no more. */
  take(untilMs: number): T[] {
    const due: T[] = [];
    while (this.#heap.length > 0 && this.nextMs <= untilMs) due.push(...this.#first());
    return due;
  }

  #first(): T[] {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return [];
    if (heap.length === 0) return [first.what];
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const next = isRight ? right : left;
      if (next === undefined || isBefore(last, next)) break;
      heap[at] = next;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return [first.what];
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
