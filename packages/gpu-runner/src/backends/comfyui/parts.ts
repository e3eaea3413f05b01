/** The runner's parts, for whoever measures them one by one. */
export { type ComfyHttp, createComfyHttp } from './comfy-http.ts';
export * from './graphs/index.ts';
export { examine } from './instance.ts';
