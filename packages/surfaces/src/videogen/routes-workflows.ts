import { badParameter } from './errors.ts';
import type { Router } from './router.ts';

/** Paths of section 9.0 and their earlier names. */
const unavailable = [
  'voiceover-to-video',
  'slideshow-to-video',
  'video-to-video',
  'storyboard-to-video',
  'script-to-video',
  'prompt-to-video-clip',
  'ai-video-clip',
  'add-visuals-narrations-and-captions-to-script',
  'add-visuals-and-captions-to-voiceover',
  'add-narration-transitions-and-captions-to-slideshow',
  'generate-scenes-from-storyboard',
] as const;

/** Section 9: what this server cannot make is said plainly. */
export function routeWorkflows(router: Router): void {
  for (const path of unavailable)
    router.post(`/v1/workflows/${path}`, 'workflows', async () => {
      throw badParameter(`${path} is not available on this server`);
    });
}
