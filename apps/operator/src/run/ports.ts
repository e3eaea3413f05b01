import { createServer } from 'node:net';

/** Throws with words for people when something else listens there. */
export async function checkPortFree({ host, port, setting }: { host: string; port: number; setting: string }): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const code = 'code' in error ? error.code : '';
      if (code === 'EADDRINUSE')
        reject(new PortError(`Port ${port} on ${host} is taken by another program: stop it, or set ${setting} to another port`));
      else if (code === 'EACCES')
        reject(new PortError(`Port ${port} needs rights this user does not have: set ${setting} to one above 1023`));
      else reject(new PortError(`${setting}: ${host}:${port} cannot be listened on: ${error.message}`));
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

/** Shown without a stack. */
export class PortError extends Error {
  override readonly name = 'PortError';
}
