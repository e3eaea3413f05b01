/** Runs inside the browser: plays a stretch of what the page shows, and says how far it came and what colour the picture has. */
globalThis.playFrom = async (from) => {
  const player = document.querySelector('video');
  const reached = (wanted) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (player.currentTime < wanted || player.readyState < 2) return;
        player.removeEventListener('timeupdate', look);
        resolve();
      };
      player.addEventListener('timeupdate', look);
      player.addEventListener('error', () => reject(new Error(player.error?.message ?? 'playback failed')));
      look();
    });
  player.muted = true;
  player.currentTime = from;
  await player.play();
  await reached(from + 0.5);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 16];
  const context = canvas.getContext('2d');
  context.drawImage(player, 0, 0, 16, 16);
  const [red, green, blue] = context.getImageData(8, 8, 1, 1).data;
  return {
    duration: player.duration,
    isStreamed: player.src.startsWith('blob:'),
    width: player.videoWidth,
    color: { red, green, blue },
  };
};

/** Puts another stream into the page, played by the same script. */
globalThis.showStream = (stream) => {
  document.body.innerHTML = `<video data-stream="${stream}"></video>`;
  const script = document.createElement('script');
  script.src = '/embed/player.js';
  document.body.append(script);
  return new Promise((resolve) => script.addEventListener('load', () => resolve(true)));
};
