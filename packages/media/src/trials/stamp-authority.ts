import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

const openssl = (args: readonly string[], cwd: string) => promisify(execFile)('openssl', [...args], { cwd });

const config = `
[tsa]
default_tsa = own
[own]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
certs = ./chain.pem
signer_cert = ./tsa.pem
signer_key = ./tsa.key
[extensions]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = critical,CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
`;

/** A real time stamp authority on loopback: openssl answers. */
export const startStampAuthority = async (folder: string) => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tsa.conf'), config);
  await writeFile(join(folder, 'serial'), '01');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const root = ['-keyout', 'root.key', '-out', 'root.pem', '-subj', '/O=Stamps/CN=Stamp root', '-config', 'tsa.conf'];
  await writeFile(join(folder, 'tsa.conf'), `${config}[req]\ndistinguished_name=name\n[name]\n`);
  await openssl(['req', '-x509', ...key, ...root, '-extensions', 'authority', '-days', '2'], folder);
  const request = ['-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/O=Stamps/CN=Stamp signer', '-config', 'tsa.conf'];
  await openssl(['req', '-new', ...key, ...request], folder);
  const issue = ['-in', 'tsa.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-out', 'tsa.pem', '-days', '1'];
  await openssl(['x509', '-req', ...issue, '-extfile', 'tsa.conf', '-extensions', 'extensions'], folder);
  await writeFile(join(folder, 'chain.pem'), await readFile(join(folder, 'root.pem')));
  let answered = 0;
  // openssl counts its serial in one file.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<unknown>): Promise<unknown> => {
    last = last.catch(() => undefined).then(work);
    return last;
  };
  const server = createServer((request, response) => {
    void (async () => {
      // Files of its own: a film and its thumbnail are stamped at the same moment.
      const [query, reply] = [`${randomUUID()}.tsq`, `${randomUUID()}.tsr`];
      await writeFile(join(folder, query), await buffer(request));
      await inTurn(() => openssl(['ts', '-reply', '-config', 'tsa.conf', '-queryfile', query, '-out', reply], folder));
      answered += 1;
      response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' }).end(await readFile(join(folder, reply)));
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    answered: () => answered,
    close: () => new Promise<void>((done) => server.close(() => done())),
  };
};
