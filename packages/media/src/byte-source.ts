import { open } from 'node:fs/promises';

/** Random access to bytes, so that a sniffer reads a few kilobytes of a file of any size. */
export interface ByteSource {
  readonly size: number;
  /** The bytes at `offset`, fewer at the end, none beyond it. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Opens a file for the time of `work`. */
export const withByteSource = async <T>(path: string, work: (source: ByteSource) => Promise<T>): Promise<T> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await work({
      size,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, size - offset));
        const buffer = Buffer.alloc(wanted);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
    });
  } finally {
    await file.close();
  }
};

/** A source over bytes in memory. */
export const byteSourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.byteLength,
  read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
});
