import { estimateSpeech, type LibraryFile, type ScriptSentence, type StoryVisual, type Warning } from '@polyreel/core';
import { pictureCanvas, type Ratio } from '../canvas.ts';
import { badParameter } from '../errors.ts';
import { readSize } from '../inputs.ts';
import type { ToolContext } from '../tools.ts';
import type { ToldWish } from './schemas.ts';

/** Seconds for which one visual stands, at least, where sentences are short. */
const pacing = { FAST: 3, MEDIUM: 6, SLOW: 12 } as const;

/** Sentences that share a visual: so many that it stands long enough, and none of the next paragraph. */
export function groupSentences(
  sentences: readonly ScriptSentence[],
  { visualPacing, speedRatio, groupsMin }: { visualPacing: ToldWish['visualPacing']; speedRatio: number; groupsMin: number },
): number[] {
  const group = (wanted: number): number[] => {
    let index = -1;
    let seconds = 0;
    let isOpen = false;
    return sentences.map(({ text, endsParagraph }) => {
      if (!isOpen) {
        index += 1;
        seconds = 0;
      }
      seconds += estimateSpeech(text, speedRatio);
      isOpen = seconds < wanted && !endsParagraph;
      return index;
    });
  };
  const paced = group(pacing[visualPacing ?? 'MEDIUM']);
  return (paced.at(-1) ?? 0) + 1 >= groupsMin ? paced : group(0);
}

/** What prompts of one story have in common. */
interface Style {
  readonly ratio: Ratio;
  readonly wish: Pick<ToldWish, 'visualStyle' | 'quality' | 'workflowAgentContext'>;
}

const promptMax = 4000;

export function toPicture(words: string, { ratio, wish }: Style): StoryVisual {
  const { visualStyle, workflowAgentContext } = wish;
  const prompt = [words, visualStyle.aiStyle, workflowAgentContext].filter((part) => part && part.trim() !== '').join(', ');
  return {
    type: 'picture',
    model: 'z-image-turbo',
    canvas: pictureCanvas(ratio, wish.quality ?? 'STANDARD'),
    prompt: prompt.slice(0, promptMax),
  };
}

export interface ChosenVisuals {
  readonly visuals: readonly StoryVisual[];
  readonly warnings: readonly Warning[];
}

/** One visual a group of sentences: the featured files spread evenly, the rest from the account's own files or drawn. */
export async function chooseVisuals(
  texts: readonly string[],
  featured: readonly LibraryFile[],
  style: Style,
  context: Pick<ToolContext, 'deps' | 'principal'>,
): Promise<ChosenVisuals> {
  const { visualStyle } = style.wish;
  if (featured.length > texts.length)
    throw badParameter(
      `featuredBRollFileIds: ${featured.length} files are more than the ${texts.length} sentences of the script`,
    );
  const placed = new Map(featured.map((file, index) => [Math.floor((index * texts.length) / featured.length), file]));
  const used = new Set(featured.map(({ id }) => id));
  let drawn = 0;
  const visuals: StoryVisual[] = [];
  for (const [index, text] of texts.entries()) {
    const own = placed.get(index);
    if (own) {
      visuals.push(toFeatured(own, text, style));
      continue;
    }
    const stock = visualStyle.type === 'STOCK' ? await findStock(text, used, context) : null;
    if (stock) used.add(stock.id);
    else drawn += 1;
    visuals.push(stock ? toFileVisual(stock) : toPicture(text, style));
  }
  const isShort = visualStyle.type === 'STOCK' && drawn > 0;
  return { visuals, warnings: isShort ? [{ code: 'stock-drawn', details: { visuals: String(drawn) } }] : [] };
}

function toFeatured(file: LibraryFile, text: string, style: Style): StoryVisual {
  readSize(file, 'featuredBRollFileIds');
  const { type, restyleFeaturedBRollWithAiStyle } = style.wish.visualStyle;
  const picture = toPicture(text, style);
  const isRestyled = type === 'AI_IMAGE' && restyleFeaturedBRollWithAiStyle !== false && file.family === 'image';
  return isRestyled && picture.type === 'picture' ? { ...picture, image: { fileId: file.id } } : toFileVisual(file);
}

const toFileVisual = (file: LibraryFile): StoryVisual => ({
  type: 'file',
  file: { fileId: file.id },
  family: file.family === 'video' ? 'video' : 'image',
});

/** Two words that matter, or a meaning that is near. */
const similarityMin = 0.6;
const wordLengthMin = 4;

/** The account's own files are this server's stock. */
async function findStock(
  text: string,
  used: ReadonlySet<string>,
  { deps, principal }: Pick<ToolContext, 'deps' | 'principal'>,
): Promise<LibraryFile | null> {
  const words =
    text.match(/[\p{L}\p{N}]+/gu)?.filter((word) => word.length >= wordLengthMin || /[^\p{Script=Latin}]/u.test(word)) ?? [];
  if (words.length === 0) return null;
  const found = await deps.files.search(principal, { text: words.join(' '), limit: 20 });
  const fits = ({ family, state, mediaType }: LibraryFile): boolean =>
    (family === 'video' || family === 'image') && state === 'ready' && mediaType !== 'image/svg+xml';
  return (
    found.find(({ file, similarityRatio }) => similarityRatio >= similarityMin && fits(file) && !used.has(file.id))?.file ?? null
  );
}
