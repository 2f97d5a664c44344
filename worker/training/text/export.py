"""The trained network as one small ONNX file: weights in int8, activations rounded token by token.

ONNX Runtime's own dynamic quantisation takes one range from a whole batch, padding included, so a caption's
score would move with its neighbours. Here each token is divided by its own largest value first; what goes
into a matrix product depends on that token alone. Linear weights keep 7 bits: processors without VNNI
instructions add pairs of 8-bit products in 16 bits, which 8-bit weights would overflow.
"""

import logging
import warnings
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper

from worker.training.text.model import MAX_TOKENS, Classifier

MICROSOFT = "com.microsoft"
WEIGHT_TOP = 63
TABLE_TOP = 127
SMALL_TABLE = 1_000_000
"""Look-up tables with fewer values stay as they are."""
SHARED: dict[str, np.ndarray] = {
    "int8.last_axis": np.array([-1], np.int64),
    "int8.least": np.array(1e-9, np.float32),
    "int8.scale": np.array(1 / 127, np.float32),
    "int8.zero": np.array(128, np.uint8),
}


def to_onnx(model: Classifier, target: Path) -> None:
    """Write a trained classifier as int8 ONNX.

    Inputs: `input_ids` and `attention_mask`, int64 (batch, tokens). Outputs, float32:
    `logit` (batch,) and `kinds` (batch, kinds).
    """
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        to_plain_onnx(model, plain)
        quantise(plain, target)


def to_plain_onnx(model: Classifier, target: Path) -> None:
    """Write a classifier as float32 ONNX, for any batch size and length."""
    model.eval()
    ids = torch.ones((2, MAX_TOKENS // 2), dtype=torch.int64)
    axes = {
        0: torch.export.Dim("batch"),
        1: torch.export.Dim("tokens", max=model.encoder.config.max_position_embeddings),
    }
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which nothing here needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            target,
            input_names=["input_ids", "attention_mask"],
            output_names=["logit", "kinds"],
            dynamo=True,
            dynamic_shapes=(axes, axes),
            external_data=False,
            verbose=False,
        )


def quantise(source: Path, target: Path) -> None:
    """Rewrite a float32 ONNX file: linear layers and large look-up tables become int8."""
    model = onnx.load(source)
    graph = model.graph
    rewriter = Rewriter({table.name: numpy_helper.to_array(table) for table in graph.initializer})
    for node in graph.node:
        rewriter.add(node)
    nodes, used = rewriter.nodes, {name for node in rewriter.nodes for name in node.input}
    tables = [numpy_helper.from_array(table, name) for name, table in rewriter.tables.items() if name in used]
    fresh = helper.make_graph(nodes, "violence_text", graph.input, graph.output, tables)
    opsets = [*model.opset_import, helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(helper.make_model(fresh, opset_imports=opsets, ir_version=model.ir_version), target)


class Rewriter:
    """Collects the nodes of the new graph, in order, and the tables they read."""

    def __init__(self, tables: dict[str, np.ndarray]) -> None:
        self.tables: dict[str, np.ndarray] = {**tables, **SHARED}
        self.nodes: list[NodeProto] = []
        self._rounded: set[str] = set()

    def add(self, node: NodeProto) -> None:
        """Take over a node, in int8 where that pays."""
        if node.op_type == "MatMul" and node.input[1] in self.tables:
            self._linear(node.input[0], node.input[1], node.output[0])
        elif node.op_type == "Gather" and self._is_large(node.input[0]):
            self._lookup(node.input[0], node.input[1], node.output[0])
        else:
            del node.metadata_props[:]  # where on the exporting machine each node came from
            node.doc_string = ""
            self.nodes.append(node)

    def _is_large(self, name: str) -> bool:
        return name in self.tables and self.tables[name].size >= SMALL_TABLE

    def _linear(self, value: str, weight: str, output: str) -> None:
        """Value @ weight: both rounded, multiplied in integers, scaled back by token and by column."""
        scale, rounded = _round(self.tables[weight], WEIGHT_TOP, axis=0)
        self.tables |= {f"{weight}.int8": rounded, f"{weight}.scale": scale[0]}
        self.tables[f"{weight}.zero"] = np.zeros(rounded.shape[1], np.int8)
        self._round_tokens(value)
        names = (
            f"{value}.int8",
            f"{weight}.int8",
            "int8.scale",
            f"{weight}.scale",
            "int8.zero",
            f"{weight}.zero",
        )
        self._node("MatMulIntegerToFloat", names, f"{output}.share", domain=MICROSOFT)
        self._node("Mul", (f"{output}.share", f"{value}.largest"), output)

    def _round_tokens(self, value: str) -> None:
        """Divide each token by its largest magnitude and round to 8 bits; once for all that read it."""
        if value in self._rounded:
            return
        self._rounded.add(value)
        self._node("Abs", (value,), f"{value}.abs")
        self._node("ReduceMax", (f"{value}.abs", "int8.last_axis"), f"{value}.max", keepdims=1)
        self._node("Max", (f"{value}.max", "int8.least"), f"{value}.largest")
        self._node("Div", (value, f"{value}.largest"), f"{value}.share")
        self._node("QuantizeLinear", (f"{value}.share", "int8.scale", "int8.zero"), f"{value}.int8")

    def _lookup(self, table: str, ids: str, output: str) -> None:
        """table[ids]: rows in int8, one scale a row."""
        scale, rounded = _round(self.tables[table], TABLE_TOP, axis=1)
        self.tables |= {f"{table}.int8": rounded, f"{table}.scale": scale}
        for part in ("int8", "scale"):
            self._node("Gather", (f"{table}.{part}", ids), f"{output}.{part}")
        self._node("Cast", (f"{output}.int8",), f"{output}.float", to=TensorProto.FLOAT)
        self._node("Mul", (f"{output}.float", f"{output}.scale"), output)

    def _node(
        self, kind: str, inputs: Iterable[str], output: str, domain: str = "", **attributes: int
    ) -> None:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))


def _round(table: np.ndarray, top: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scales (kept along the axis) and the table in int8, -top to top."""
    scale = np.maximum(np.abs(table).max(axis=axis, keepdims=True) / top, 1e-12).astype(np.float32)
    return scale, np.rint(table / scale).astype(np.int8)
