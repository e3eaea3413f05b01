/** Draws a presenter as SVG: a head-and-shoulders portrait in flat studio light, nobody's likeness. */
export interface Look {
  readonly skin: string;
  readonly shade: string;
  readonly hair: string;
  readonly cloth: string;
  readonly backdrop: readonly [string, string];
  readonly hasLongHair: boolean;
}

export const looks: Readonly<Record<string, Look>> = {
  amber: {
    skin: '#e9b48f',
    shade: '#c98b64',
    hair: '#5b2e16',
    cloth: '#35577d',
    backdrop: ['#dfe9f2', '#9fb6c9'],
    hasLongHair: true,
  },
  basil: {
    skin: '#f0c6a4',
    shade: '#cf9a73',
    hair: '#2c221c',
    cloth: '#2f4a3a',
    backdrop: ['#ece6dc', '#b9ab95'],
    hasLongHair: false,
  },
  coral: {
    skin: '#9a6442',
    shade: '#774a2e',
    hair: '#1b1210',
    cloth: '#8e2f4a',
    backdrop: ['#f2e3dd', '#caa79a'],
    hasLongHair: true,
  },
  dune: {
    skin: '#c58d62',
    shade: '#9f6b45',
    hair: '#3d2b1f',
    cloth: '#4a4a55',
    backdrop: ['#e6e6ee', '#a3a6ba'],
    hasLongHair: false,
  },
};

export function drawPresenter({ skin, shade, hair, cloth, backdrop, hasLongHair }: Look): string {
  const eye = (x: number): string => `
    <ellipse cx="${x}" cy="222" rx="21" ry="11" fill="#fbf8f4"/>
    <circle cx="${x}" cy="222" r="10.5" fill="#4d3a2a"/><circle cx="${x}" cy="222" r="5" fill="#120d0a"/>
    <circle cx="${x + 4}" cy="218" r="2.6" fill="#fff"/>
    <path d="M${x - 22} 219 Q${x} 205 ${x + 22} 219" fill="none" stroke="#3a2a20" stroke-width="4" stroke-linecap="round"/>
    <path d="M${x - 26} 196 Q${x} 183 ${x + 26} 195" fill="none" stroke="${hair}" stroke-width="8" stroke-linecap="round"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512">
  <defs>
    <radialGradient id="b" cx="0.5" cy="0.35" r="0.8"><stop offset="0" stop-color="${backdrop[0]}"/><stop offset="1" stop-color="${backdrop[1]}"/></radialGradient>
    <radialGradient id="s" cx="0.42" cy="0.36" r="0.75"><stop offset="0.45" stop-color="${skin}"/><stop offset="1" stop-color="${shade}"/></radialGradient>
  </defs>
  <rect width="512" height="512" fill="url(#b)"/>
  ${hasLongHair ? `<path d="M138 215 Q128 78 256 72 Q384 78 374 215 L392 400 Q330 428 256 426 Q182 428 120 400 Z" fill="${hair}"/>` : ''}
  <path d="M60 512 Q70 418 176 396 L214 384 L298 384 L336 396 Q442 418 452 512 Z" fill="${cloth}"/>
  <path d="M212 320 L212 388 Q256 428 300 388 L300 320 Z" fill="${shade}"/>
  <path d="M206 384 L256 452 L306 384 L330 396 L256 500 L182 396 Z" fill="#f4f1ec"/>
  <ellipse cx="148" cy="236" rx="15" ry="28" fill="${shade}"/><ellipse cx="364" cy="236" rx="15" ry="28" fill="${shade}"/>
  <path d="M150 205 Q150 108 256 106 Q362 108 362 205 L358 262 Q346 350 256 366 Q166 350 154 262 Z" fill="url(#s)"/>
  <path d="${hasLongHair ? 'M146 232 Q140 96 256 90 Q372 96 366 232 Q352 160 290 140 Q200 160 146 232 Z' : 'M144 214 Q134 84 256 80 Q378 84 368 214 Q358 150 318 138 Q256 152 194 138 Q154 150 144 214 Z'}" fill="${hair}"/>
  ${eye(207)}${eye(305)}
  <path d="M252 216 Q240 256 236 268 Q246 280 256 279 Q266 280 276 268" fill="none" stroke="${shade}" stroke-width="5" stroke-linecap="round"/>
  <path d="M214 308 Q235 298 256 304 Q277 298 298 308 Q256 314 214 308 Z" fill="#a8504a"/>
  <path d="M214 308 Q256 316 298 308 Q278 332 256 332 Q234 332 214 308 Z" fill="#bf665c"/>
  <ellipse cx="180" cy="276" rx="24" ry="15" fill="#d9705c" opacity="0.18"/><ellipse cx="332" cy="276" rx="24" ry="15" fill="#d9705c" opacity="0.18"/>
</svg>`;
}
