/** Opens the store for a command; what is wrong with it becomes an error that says what to do. */
import { StoreError } from "../store/error.ts";
import { Store, type StoreSettings } from "../store/store.ts";
import { EnvironmentError } from "./exit.ts";

export function openStore(settings: StoreSettings): Store {
  return told(() => Store.open(settings));
}

export function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw new EnvironmentError(error.message);
    throw error;
  }
}
