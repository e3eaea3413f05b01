import type { TextStage } from '../ports/content-safety.ts';
import { judgeText } from './judge-text.ts';

/** Word and pattern lists; needs no service, takes a few milliseconds and never fails. */
export const rulesStage: TextStage = {
  name: 'rules',
  judgeText: async (text, { policy }) => judgeText(text, policy),
};
