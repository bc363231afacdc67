/** Records of which one part is told while another waits, so that no part is told twice. */

/** Of those that wait longest the oldest are forgotten: told twice is better than not bounded. */
const most = 10_000;

export class Told {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= most) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      break;
    }
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}
