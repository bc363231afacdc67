/** A tar archive (ustar) of a few small texts. */

const blockBytes = 512;

export function tar(
  files: readonly { readonly name: string; readonly content: string }[],
  modifiedSeconds: number,
): Buffer {
  const blocks = files.flatMap(({ name, content }) => {
    const body = Buffer.from(content);
    const padding = Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes);
    return [header(name, body.length, modifiedSeconds), body, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function header(name: string, sizeBytes: number, modifiedSeconds: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(name) > 99) throw new Error(`tar: ${name}: the name is too long`);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  block.write(name, 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108); // uid
  block.write(octal(0, 7), 116); // gid
  block.write(octal(sizeBytes, 11), 124);
  block.write(octal(modifiedSeconds, 11), 136);
  block.write(" ".repeat(8), 148); // the checksum counts itself as spaces
  block.write("0", 156); // a file
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\u0000 `, 148);
  return block;
}
