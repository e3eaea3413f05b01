"""Prints what an English recogniser hears in each file of 16-bit mono samples at 16 kHz, a line a file."""
import sys

from pocketsphinx import Decoder

decoder = Decoder(samprate=16000, loglevel="FATAL")
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        samples = file.read()
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    print(heard.hypstr if heard else "", flush=True)
