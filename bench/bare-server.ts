// The reference for gateway benches: one Fastify route that answers a status body from memory. Prints its port.
import Fastify from 'fastify';

const body = {
  jobId: 'c0123456789abcdefghijklmn',
  status: 'PENDING',
  progress: 0,
  outputVideo: null,
  outputShareLink: null,
  errorMessage: null,
  createdAt: new Date(0).toISOString(),
  updatedAt: new Date(0).toISOString(),
};
const app = Fastify();
app.get('/api/status/:jobId', async () => body);
const address = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${address}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
