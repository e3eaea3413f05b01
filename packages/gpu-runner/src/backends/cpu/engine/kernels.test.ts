import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { planFilm } from '../scenes/plan-film.ts';
import { plainPrompts, textToVideoTask } from '../scenes/test-kit.ts';
import { createPainter } from './painter.ts';
import { renderUniformsHeader } from './uniforms.ts';

const here = import.meta.dirname;
const committed = readFileSync(join(here, 'pictures.wasm'));
const clang = process.env.CLANG ?? 'clang';
const version = spawnSync(clang, ['--version'], { encoding: 'utf8' }).stdout ?? '';
const hasCompiler = version.includes('clang');
/** The compiler that made the committed file: others make other bytes, though the same pixels. */
const isOurs = version.includes('version 14.0.6');

const build = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'polyreel-kernels-'));
  try {
    execFileSync(join(here, '../../../../scripts/build-kernels.sh'), [folder], { env: { ...process.env, CLANG: clang } });
    return readFileSync(join(folder, 'pictures.wasm'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('the committed kernels', () => {
  it('read their uniforms where the renderer writes them', () => {
    expect(readFileSync(join(here, 'kernels/uniforms.h'), 'utf8')).toBe(renderUniformsHeader());
  });

  it('need nothing from outside', () => {
    expect(committed.length).toBeLessThan(512 * 1024);
    const check = `process.stdout.write(JSON.stringify(WebAssembly.Module.imports(new WebAssembly.Module(require('node:fs').readFileSync(process.argv[1])))))`;
    expect(execFileSync(process.execPath, ['-e', check, join(here, 'pictures.wasm')], { encoding: 'utf8' })).toBe('[]');
  });

  it('have a compiler to be checked with where nothing may be skipped', () => {
    expect(hasCompiler || !inject('requireAll')).toBe(true);
  });

  it.runIf(hasCompiler && isOurs)('are what the source compiles to, byte by byte', () => {
    expect(build().equals(committed)).toBe(true);
  });

  it.runIf(hasCompiler)('draw the same frames as a fresh build', async () => {
    const canvas = { width: 96, height: 64 };
    const old = await createPainter(await WebAssembly.compile(committed), canvas);
    const fresh = await createPainter(await WebAssembly.compile(build()), canvas);
    for (const prompt of Object.values(plainPrompts)) {
      const { scene, uniforms } = planFilm(textToVideoTask({ canvas, prompt }))(9);
      expect(Buffer.from(fresh.draw(scene, uniforms)).equals(Buffer.from(old.draw(scene, uniforms)))).toBe(true);
    }
  });
});

describe('a painter', () => {
  it('refuses a scene that the kernels do not have', async () => {
    const painter = await createPainter(await WebAssembly.compile(committed), { width: 32, height: 32 });
    const { uniforms } = planFilm(textToVideoTask({ canvas: { width: 32, height: 32 } }))(0);
    expect(() => painter.draw(99, uniforms)).toThrow(RangeError);
  });
});
