"""A model artifact: one folder with weights, a manifest and a card, verified before it is used.

worker/artifacts/gun_image/
    manifest.json     this module's `Manifest`: version, checksums, calibration, operating points
    model.onnx        the network; more files (a tokenizer) where the scorer needs them
    CARD.md           what it was trained on, how good it is, what it is not for
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from triage.contracts import Contract, Level, Probability
from triage.errors import ArtifactError
from triage.settings import get_settings

LAYOUT = 1
SHIPPED = Path(__file__).parent / "artifacts"
REMEDY = "Reinstall Flagpost, or train the model again."


class Calibration(Contract):
    """Platt scaling: probability = sigmoid(slope * logit + intercept), fitted on validation data.

    Source: Platt, "Probabilistic outputs for support vector machines", 1999.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Turn logits of any shape into probabilities of the same shape, 0 to 1."""
        scaled = np.clip(self.slope * logits.astype(np.float64) + self.intercept, -60, 60)
        return np.asarray(1 / (1 + np.exp(-scaled)))


class OperatingPoints(Contract):
    """Thresholds on the calibrated probability, each chosen on validation data for a stated recall."""

    unsure: Probability
    likely: Probability
    strong: Probability

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.unsure <= self.likely <= self.strong:
            raise ValueError("operating points must ascend: unsure <= likely <= strong")
        return self

    def level(self, probability: float) -> Level:
        """Return the highest level whose threshold the probability reaches."""
        for level in (Level.STRONG, Level.LIKELY, Level.UNSURE):
            if probability >= getattr(self, level.value):
                return level
        return Level.CLEAR


class Manifest(Contract):
    """What `manifest.json` says; the one description of an artifact that code believes."""

    layout: Literal[1] = 1
    scorer: str
    version: str = Field(min_length=1)
    kind: Literal["image", "text"]
    files: dict[str, str] = Field(min_length=1)
    """File name to sha256."""
    input: dict[str, Any] = Field(default_factory=dict)
    """What the scorer must know to prepare its input: picture size, longest token sequence, ..."""
    calibration: Calibration = Calibration()
    operating_points: OperatingPoints
    metrics: dict[str, Any] = Field(default_factory=dict)
    """Figures measured when the artifact was made; the card shows the same."""


class Artifact(Contract):
    """A verified artifact folder."""

    folder: Path
    manifest: Manifest

    def path(self, name: str) -> Path:
        """Return the path of one of the artifact's files."""
        return self.folder / name


def sha256(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def new_version(model: Path) -> str:
    """Name a new model by its month and its bytes, such as `2026.11-1f3a9c02`.

    Scores are kept by version: two models of one month must not share one, or the second's would be taken
    for written already.
    """
    return f"{datetime.now(UTC):%Y.%m}-{sha256(model)[:8]}"


def load(scorer: str, folder: Path | None = None) -> Artifact:
    """Read and verify the artifact of a scorer.

    Args:
        scorer: name of the scorer, such as `gun_image`.
        folder: the artifact's folder; by default `FLAGPOST_ARTIFACTS`/scorer or the shipped one.

    Raises:
        ArtifactError: the folder, its manifest or a file is missing, or a checksum differs.
    """
    folder = folder or (get_settings().artifacts or SHIPPED) / scorer
    artifact = Artifact(folder=folder, manifest=_read_manifest(folder))
    if artifact.manifest.scorer != scorer:
        raise ArtifactError(
            f"{folder} holds a model for {artifact.manifest.scorer}, not for {scorer}. "
            f"Give a folder that `flagpost train` wrote for {scorer}."
        )
    for name, digest in artifact.manifest.files.items():
        _verify(artifact.path(name), digest)
    return artifact


def write(folder: Path, manifest: Manifest) -> Artifact:
    """Write `manifest.json` into a folder, with the checksums of the files it names filled in."""
    files = {name: sha256(folder / name) for name in manifest.files}
    manifest = manifest.model_copy(update={"files": files})
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Artifact(folder=folder, manifest=manifest)


def _read_manifest(folder: Path) -> Manifest:
    try:
        fields = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(
            f"No model at {folder}: manifest.json is missing. Reinstall Flagpost or set FLAGPOST_ARTIFACTS."
        ) from error
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{folder}/manifest.json cannot be read: {error}. {REMEDY}") from error
    if not isinstance(fields, dict):
        raise ArtifactError(f"{folder}/manifest.json is no JSON object. {REMEDY}")
    if fields.get("layout") != LAYOUT:
        raise ArtifactError(
            f"{folder} has artifact layout {fields.get('layout')}; this code reads {LAYOUT}. Train it anew."
        )
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ArtifactError(f"{folder}/manifest.json is wrong: {wrong}. {REMEDY}") from error


def _verify(path: Path, digest: str) -> None:
    if not path.is_file():
        raise ArtifactError(f"{path} is missing. {REMEDY}")
    if sha256(path) != digest:
        raise ArtifactError(f"{path} was altered: its checksum is not the one in manifest.json. {REMEDY}")
