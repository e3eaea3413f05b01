import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkPortFree } from './ports.ts';

describe('a port that is asked for', () => {
  it('is refused while another program has it, in words that help, and accepted afterwards', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(checkPortFree({ host: '127.0.0.1', port, setting: 'PORT' })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program: stop it, or set PORT to another port`,
    );
    await new Promise((resolve) => other.close(resolve));
    await checkPortFree({ host: '127.0.0.1', port, setting: 'PORT' });
  });

  it('names a host that is not ours', async () => {
    await expect(checkPortFree({ host: '203.0.113.7', port: 18_080, setting: 'PORT' })).rejects.toThrow(
      /PORT: 203\.0\.113\.7:18080/,
    );
  });
});
