/** Certificates of a test, made by openssl on the fly: an authority, and whom it vouches for. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class Authority implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "pahlevan-certificates-"));
  readonly ca = this.#make("ca", ["-subj", "/CN=test authority"]);
  #made = 0;

  /** Names as openssl takes them ("DNS:a.example"), also with commas in them. */
  vouchesFor(...sans: readonly string[]): Certificate {
    const by = ["-CA", this.ca.certFile, "-CAkey", this.ca.keyFile];
    const config = join(this.folder, `made-${++this.#made}.cnf`);
    const names = sans.map((san, at) => san.replace(/^(\w+):/, `$1.${at} = `));
    const head = ["[req]", "distinguished_name=of", "[of]", "[with]", "subjectAltName=@names"];
    writeFileSync(config, [...head, "[names]", ...names, ""].join("\n"));
    const who = ["-config", config, "-extensions", "with", "-subj", "/CN=made"];
    return this.#make(`made-${this.#made}`, [...who, ...by]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #make(name: string, more: readonly string[]): Certificate {
    const certFile = join(this.folder, `${name}.crt`);
    const keyFile = join(this.folder, `${name}.key`);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const files = ["-keyout", keyFile, "-out", certFile];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...files, ...more], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const read = (file: string) => readFileSync(file, "utf8");
    return { certFile, keyFile, cert: read(certFile), key: read(keyFile) };
  }
}
