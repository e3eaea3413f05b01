/** One part of a form, exactly as it shall be sent. */
export interface Part {
  readonly name: string;
  readonly body: string | Uint8Array;
  /** Present: a file part. */
  readonly filename?: string;
  readonly type?: string;
}

export const boundary = '----polyreel-test';
export const formType = `multipart/form-data; boundary=${boundary}`;

/** A form as curl writes it. */
export function formBody(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap((part) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${
        part.filename === undefined ? '' : `; filename="${part.filename}"`
      }\r\n${part.type === undefined ? '' : `Content-Type: ${part.type}\r\n`}\r\n`,
    ),
    Buffer.from(part.body),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}
