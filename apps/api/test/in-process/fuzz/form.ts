import type { Request } from './run-fuzz.ts';

/** A part of a form as it is sent. */
export interface Part {
  readonly name: string;
  readonly body: string | Buffer;
  /** Present: a file. */
  readonly filename?: string;
}

const boundary = '----polyreel-fuzz';
const headOf = ({ name, filename }: Part): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n`;

export const formOf = (parts: readonly Part[]): Buffer =>
  Buffer.concat(
    [...parts.flatMap((part) => [headOf(part), part.body, '\r\n']), `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)),
  );

export const postForm = (url: string, parts: readonly Part[], more: Partial<Request> = {}): Request => ({
  method: 'POST',
  url,
  payload: formOf(parts),
  ...more,
  headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...more.headers },
});
