"""Small PNGs of screens: 256 colours are plenty for pages, and a third of the bytes."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from playwright.sync_api import Page

COLOURS = 256
READ_PIXELS = """async source => {
  const picture = await createImageBitmap(await (await fetch(source)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const {data} = pen.getImageData(0, 0, picture.width, picture.height);
  const reader = new FileReader();
  const done = new Promise(resolve => reader.onload = resolve);
  reader.readAsDataURL(new Blob([data]));
  await done;
  return [picture.width, picture.height, reader.result];
}"""


def small_png(screen: bytes, browser_page: Page) -> bytes:
    """Return the PNG `screen` with at most COLOURS colours; a browser decodes it."""
    source = "data:image/png;base64," + base64.b64encode(screen).decode()
    width, height, told = browser_page.evaluate(READ_PIXELS, source)
    pixels = np.frombuffer(base64.b64decode(told.split(",", 1)[1]), np.uint8)
    palette, indexes = quantise(pixels.reshape(-1, 4)[:, :3])
    return encode(palette, indexes.reshape(height, width))


def quantise(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """pixels: n x 3 bytes. Return the palette and each pixel's place in it.

    A colour stands for its 5-bit neighbourhood; the commonest neighbourhoods are kept
    by their commonest colour, exactly, and the others take the nearest of these.
    """
    red, green, blue = pixels.astype(np.uint32).T
    codes, inverse, counts = np.unique(
        red << 16 | green << 8 | blue, return_inverse=True, return_counts=True
    )
    order = np.argsort(-counts)
    bins = (codes >> 3) & 0x1F1F1F
    _, first = np.unique(bins[order], return_index=True)
    kept = codes[order][np.sort(first)[:COLOURS]]
    nearest = np.empty(len(codes), np.uint8)
    for start in range(0, len(codes), 4096):
        part = split(codes[start : start + 4096])[:, None, :] - split(kept)[None]
        nearest[start : start + 4096] = (part**2).sum(axis=2).argmin(axis=1)
    return split(kept).astype(np.uint8), nearest[inverse]


def split(codes: np.ndarray) -> np.ndarray:
    parts = (codes >> 16 & 0xFF, codes >> 8 & 0xFF, codes & 0xFF)
    return np.stack(parts, axis=1).astype(np.int32)


def encode(palette: np.ndarray, rows: np.ndarray) -> bytes:
    """Return a palette PNG without row filters, which do not help palettes."""
    height, width = rows.shape
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = rows
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, data)
        for name, data in (
            (b"IHDR", header),
            (b"PLTE", palette.tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
