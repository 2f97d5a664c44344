"""RapidOCR: PP-OCRv6 (small) on ONNX Runtime. Its wheel carries the models; nothing is ever downloaded."""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.errors import ArtifactError, ConfigurationError
from triage.evidence import Box
from triage.images import Picture
from triage.settings import get_settings
from triage.wording import Line

MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
"""Steps to their models: where lines are, which are upside down, what they say."""
LONGEST = 4
"""Most that a picture may be longer one way than the other. The library scales the shorter side up to 736
pixels: it would make 35 million of a strip of 20 x 1280, and take all memory."""


class RapidReader:
    """Reads printed text in any orientation of the line, in Latin letters and Chinese."""

    version = "pp-ocrv6-small-1"

    def __init__(self) -> None:
        """Load the models, with FLAGPOST_MODEL_THREADS threads.

        Raises:
            ConfigurationError: the library is not installed.
            ArtifactError: its wheel carries other models.
        """
        models = _models()
        import cv2
        from rapidocr import RapidOCR

        threads = min(get_settings().model_threads, os.cpu_count() or 1)  # more is taken for "all"
        cv2.setNumThreads(threads)
        engine = "EngineConfig.onnxruntime"
        self._ocr: Any = RapidOCR(
            params={
                "Global.log_level": "error",
                f"{engine}.intra_op_num_threads": threads,
                f"{engine}.inter_op_num_threads": 1,
                **{f"{step}.model_path": str(path) for step, path in models.items()},
            }
        )

    @staticmethod
    def check() -> None:
        """Verify that all is there, without loading it; raises what the constructor raises."""
        _models()

    def read(self, picture: Picture) -> list[Line]:
        """See `Reader`."""
        bgr = np.ascontiguousarray(padded(picture)[:, :, ::-1])
        found = self._ocr(bgr)
        if found.txts is None:
            return []
        size = picture.shape[1], picture.shape[0]
        return [
            Line(text=text, box=_box(corners, size), confidence=round(float(sure), 4))
            for text, corners, sure in zip(found.txts, found.boxes, found.scores, strict=True)
        ]


def padded(picture: Picture) -> Picture:
    """Make a strip less long by white to its right or below, so that places in it stay what they are."""
    height, width = picture.shape[:2]
    missing = [(0, max(0, -(-side // LONGEST) - other)) for side, other in ((width, height), (height, width))]
    return np.pad(picture, (*missing, (0, 0)), constant_values=255) if any(map(sum, missing)) else picture


def _models() -> dict[str, Path]:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            'The reader needs RapidOCR: pip install "flagpost[ocr]", or set FLAGPOST_READER=off.'
        )
    paths = {step: Path(spec.origin).parent / "models" / name for step, name in MODELS.items()}
    for path in paths.values():
        if not path.is_file():
            raise ArtifactError(f"{path} is missing. Install the RapidOCR that Flagpost's requirements name.")
    return paths


def _box(corners: Sequence[Sequence[float]] | NDArray[np.float32], size: tuple[int, int]) -> Box:
    """Return the upright box about four corners, in fractions of the picture; corners may lie outside."""
    share = np.clip(np.asarray(corners, np.float64) / size, 0, 1).round(4)
    (left, top), (right, bottom) = share.min(axis=0).tolist(), share.max(axis=0).tolist()
    return Box(left, top, right, bottom)
