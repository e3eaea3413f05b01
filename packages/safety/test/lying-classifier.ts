import process from 'node:process';

// Answers in ways that a program out of order may: by the name of the picture.
process.on('message', (message) => {
  const text = JSON.stringify(message);
  const id: unknown = JSON.parse(text).id;
  if (text.includes('crash')) process.exit(3);
  if (text.includes('lie')) process.send?.({ id, scores: { Neutral: 'very' } });
  if (text.includes('good')) process.send?.({ id, scores: { Drawing: 0, Hentai: 0, Neutral: 1, Porn: 0, Sexy: 0 } });
});
